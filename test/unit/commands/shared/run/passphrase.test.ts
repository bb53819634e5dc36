import { expect, test } from 'vitest'
import { passphraseOf } from '../../../../../src/commands/shared/run/passphrase.ts'
import { Secret } from '../../../../../src/model/secret.ts'

test('the passphrase is asked for when it is needed, and once', async () => {
  const questions: string[] = []
  const secret = (question: string) => {
    questions.push(question)
    return Promise.resolve(new Secret('typed'))
  }
  const { known, ask } = passphraseOf({}, { secret })
  expect([await known(), questions]).toEqual([undefined, []])
  const all = await Promise.all([ask(), ask()])
  expect(all.map((each) => each?.reveal())).toEqual(['typed', 'typed'])
  expect(questions).toEqual(['passphrase of secrets.json'])
})

test('nobody is asked where the environment has it', async () => {
  const secret = () => Promise.reject(new Error('asked'))
  const { known, ask } = passphraseOf({ DMAN_SECRETS_PASSPHRASE: 'given' }, { secret })
  expect([(await known())?.reveal(), (await ask())?.reveal()]).toEqual(['given', 'given'])
})
