import type { Passphrase } from '../local/secrets.ts'
import { secretVariables } from '../model/secret-variables.ts'
import { Secret } from '../model/secret.ts'
import type { Run } from './run.ts'

/** The passphrase of secrets.json by DMAN_SECRETS_PASSPHRASE, else asked for when it is first needed, and once. */
export function passphraseOf(env: NodeJS.ProcessEnv, ask: Pick<Run['ask'], 'secret'>): Run['passphrase'] {
  const text = env[secretVariables.secretsPassphrase] ?? ''
  const given = text === '' ? undefined : new Secret(text)
  let asked: ReturnType<Passphrase> | undefined
  return {
    known: () => Promise.resolve(given),
    ask: () => (asked ??= given === undefined ? ask.secret('passphrase of secrets.json') : Promise.resolve(given)),
  }
}
