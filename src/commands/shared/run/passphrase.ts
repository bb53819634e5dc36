import type { Passphrase } from '../../../local/secrets.ts'
import { secretIn } from '../../../model/secret-variables.ts'
import type { Run } from './run.ts'

/** The passphrase of secrets.json by DMAN_SECRETS_PASSPHRASE, else asked for when it is first needed, and once. */
export function passphraseOf(env: NodeJS.ProcessEnv, ask: Pick<Run['ask'], 'secret'>): Run['passphrase'] {
  const found = secretIn(env, 'secretsPassphrase')
  const given = found?.length === 0 ? undefined : found
  let asked: ReturnType<Passphrase> | undefined
  return {
    known: () => Promise.resolve(given),
    ask: () => (asked ??= given === undefined ? ask.secret('passphrase of secrets.json') : Promise.resolve(given)),
  }
}
