import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { makeSecrets, missingSecrets, noSecrets, passwordOf, secretsOf } from '../../../src/local/secrets.ts'
import { Failure } from '../../../src/model/failure.ts'
import { Secret } from '../../../src/model/secret.ts'

const random = (bytes: number): Buffer => Buffer.alloc(bytes, 7)

test('both passwords are made when there are none, 256 bits each', () => {
  expect(missingSecrets(noSecrets)).toEqual({ lost: [], unmade: ['super', 'dman'] })
  const secrets = makeSecrets(noSecrets, [], random)
  expect(secrets.made).toEqual(['super', 'dman'])
  expect(secrets.passwords.super?.reveal()).toBe(random(32).toString('base64url'))
  expect(missingSecrets(secrets)).toEqual({ lost: [], unmade: [] })
  expect(makeSecrets(noSecrets).passwords.dman?.reveal()).toMatch(/^[\w-]{43}$/)
  expect(makeSecrets(noSecrets).passwords.dman?.reveal()).not.toBe(makeSecrets(noSecrets).passwords.dman?.reveal())
})

test('what is there is kept, and only what was never made is made', () => {
  const held = { ...noSecrets, made: ['super'], passwords: { super: new Secret('old') } }
  const secrets = makeSecrets(held, [], random)
  expect(secrets.passwords.super?.reveal()).toBe('old')
  expect(secrets.made).toEqual(['super', 'dman'])
})

test('case 33: what was made once and is gone is not made anew', () => {
  const lost = { ...noSecrets, made: ['super', 'dman'], passwords: { super: new Secret('old') } }
  expect(missingSecrets(lost)).toEqual({ lost: ['dman'], unmade: [] })
  expect(() => makeSecrets(lost, [], random)).toThrow(Failure)
  expect(() => makeSecrets(lost, [], random)).toThrow(/lists dman/)
})

test('an identity that an ACL names gets its password when it is named first, whatever its name, and never another', () => {
  const first = makeSecrets(noSecrets, ['dman', 'reader', 'constructor'], random)
  expect(first.made).toEqual(['super', 'dman', 'reader', 'constructor'])
  expect(passwordOf(first, 'constructor')?.reveal()).toMatch(/^[\w-]{43}$/)
  expect(passwordOf(first, 'toString')).toBeUndefined()
  const second = makeSecrets(first, ['reader', 'writer'])
  expect(missingSecrets(first, ['reader', 'writer'])).toEqual({ lost: [], unmade: ['writer'] })
  expect(second.passwords['reader']).toBe(first.passwords['reader'])
  const lost = { ...second, passwords: { super: new Secret('a'), dman: new Secret('b') } }
  expect(() => makeSecrets(lost, ['reader'])).toThrow(/lists reader/)
  // nobody needs it
  expect(makeSecrets(lost)).toEqual(lost)
})

test('a record is read with what else it holds, and shows no secret', () => {
  const secrets = secretsOf({ format: 1, made: ['super'], passwords: { super: 'pa55word' }, ca: { key: 'k3y' } })
  expect(secrets?.passwords.super?.reveal()).toBe('pa55word')
  expect(JSON.parse(secrets?.rest.reveal() ?? '')).toEqual({ ca: { key: 'k3y' } })
  expect(`${inspect(secrets, { depth: 9 })}${JSON.stringify(secrets)}`).not.toMatch(/pa55word|k3y/)
})

test.each([{}, { made: 'x', passwords: {} }, { made: [], passwords: null }, { made: [], passwords: { super: 1 } }, { made: [1], passwords: {} }])(
  'no secrets: %j',
  (record) => expect(secretsOf(record)).toBeUndefined(),
) // prettier-ignore
