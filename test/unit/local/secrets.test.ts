import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import {
  isSealed,
  kept,
  makeSecrets,
  missingSecrets,
  noSecrets,
  passwordOf,
  passwordsOf,
  readSecrets,
  recovered,
  rotated,
  rotation,
  saveSecrets,
  secretsOf,
} from '../../../src/local/secrets.ts'
import { Failure } from '../../../src/model/failure.ts'
import { Secret } from '../../../src/model/secret.ts'
import { ownFolder } from '../folder.ts'

const own = ownFolder()

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

test('what another run changed since it was read is not saved over: it stays sealed, and keeps its passwords', async () => {
  const folder = own.at()
  // The folder above it is made private too.
  const state = join(folder, '.dman/dman')
  const paths = { state, secrets: join(state, 'secrets.json') }
  const passphrase = new Secret('correct horse')
  const ask = () => Promise.resolve(passphrase)
  const changed = { got: 'it was changed since this run read it', exit: 5 }
  await saveSecrets(paths, makeSecrets(noSecrets))
  await expect(saveSecrets(paths, makeSecrets(noSecrets))).rejects.toMatchObject(changed)
  const before = await readSecrets(paths)
  await saveSecrets(paths, { ...before, passphrase })
  await expect(saveSecrets(paths, makeSecrets(before, ['reader']))).rejects.toMatchObject(changed)
  expect(await isSealed(paths)).toBe(true)

  const { made, passwords, rest, read } = await readSecrets(paths, ask)
  await saveSecrets(paths, makeSecrets(await readSecrets(paths, ask), ['writer']))
  await expect(saveSecrets(paths, { made, passwords, rest, read })).rejects.toMatchObject(changed)
  expect((await readSecrets(paths, ask)).made).toEqual(['super', 'dman', 'writer'])
  rmSync(paths.secrets)
  await expect(saveSecrets(paths, before)).rejects.toMatchObject(changed)
})

test('a passphrase that nobody knows any more is no dead end', async () => {
  const folder = own.at()
  const state = join(folder, '.dman/dman')
  const paths = { state, secrets: join(state, 'secrets.json') }
  await saveSecrets(paths, { ...makeSecrets(noSecrets), passphrase: new Secret('correct horse') })
  const other = () => Promise.resolve(new Secret('another horse'))
  const hint = expect.stringMatching(/move the file away and run `secrets recover`/) as string
  await expect(readSecrets(paths, other)).rejects.toMatchObject({ hint, exit: 5 })
})

test.each([{}, { made: 'x', passwords: {} }, { made: [], passwords: null }, { made: [], passwords: { super: 1 } }, { made: [1], passwords: {} }])(
  'no secrets: %j',
  (record) => expect(secretsOf(record)).toBeUndefined(),
) // prettier-ignore

test('a rotation has new founding passwords beside the former; begun once it goes on, saved and read again it is the same', async () => {
  const before = makeSecrets(noSecrets, ['web'])
  const begin = rotation()
  const amid = begin(before)
  expect(amid.passwords['web']).toBe(before.passwords['web'])
  expect(amid.former).toEqual({ super: before.passwords.super, dman: before.passwords.dman })
  expect(amid.passwords.super?.reveal()).not.toBe(before.passwords.super?.reveal())
  expect(begin(before)).toEqual(amid)
  expect(rotation()(amid)).toBe(amid)
  expect(rotation()(noSecrets)).toBe(noSecrets)
  const folder = own.at()
  const state = join(folder, '.dman/dman')
  const paths = { state, secrets: join(state, 'secrets.json') }
  await saveSecrets(paths, { ...amid, passphrase: new Secret('correct horse') })
  const read = await readSecrets(paths, () => Promise.resolve(new Secret('correct horse')))
  expect(passwordsOf(read, 'dman').map((secret) => secret.reveal())).toEqual(
    [amid, before].map(({ passwords }) => passwords.dman?.reveal()),
  )
  await saveSecrets(paths, rotated(read))
  expect(await isSealed(paths)).toBe(true)
})

test('case 33: of an identity whose password is lost what ACLs know is kept where it is found, else it has a new one', () => {
  const held = makeSecrets(noSecrets, ['web', 'app'])
  const { super: superUser, dman } = held.passwords
  const lost = { ...held, passwords: { super: superUser!, dman: dman! } }
  const amid = recovered(lost, ['web', 'app', 'dman'])
  expect(amid).toMatchObject({ former: {}, sought: ['web', 'app'] })
  expect(amid.passwords.dman).toBe(dman)
  expect(recovered(amid, ['web', 'app'])).toEqual(amid)
  const after = kept(amid, new Map([['web', 'web:former']]))
  expect(after).not.toHaveProperty('sought')
  expect(after).toMatchObject({ ids: { web: 'web:former' }, made: ['super', 'dman', 'web', 'app'] })
  expect(Object.keys(after.passwords)).toEqual(['super', 'dman', 'app'])
  expect(missingSecrets(after, ['web', 'app'])).toEqual({ lost: [], unmade: [] })
  expect(makeSecrets(after, ['web', 'app'])).toEqual(after)
  expect(recovered(held, ['web', 'app'])).not.toHaveProperty('sought')
})
