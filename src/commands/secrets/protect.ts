import { isSealed, readSecrets, saveSecrets } from '../../local/secrets.ts'
import { during } from '../../model/during.ts'
import { Failure } from '../../model/failure.ts'
import type { Secret } from '../../model/secret.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface ProtectOptions {
  readonly remove: boolean
}

/** Seals secrets.json by a passphrase, or opens it for good. Contacts nobody: what it protects is only on this machine. */
export async function protect(run: Run<ProtectOptions>): Promise<Result> {
  const { inventory, options } = run
  const wasSealed = await isSealed(inventory)
  if (wasSealed !== options.remove)
    return said(wasSealed ? 'it is protected already; --remove undoes that' : 'it is not protected')
  const secrets = await readSecrets(inventory, run.passphrase.ask)
  if (secrets.made.length === 0) throw none
  if (options.dryRun) return said(options.remove ? 'would be open again' : 'would be protected')
  const passphrase = options.remove ? undefined : await newPassphrase(run)
  const title = `secrets.json is ${options.remove ? 'opened' : 'sealed'}`
  await during(run.emit, { task: 'secrets' }, title, () => saveSecrets(inventory, { ...secrets, passphrase }))
  return said(
    options.remove
      ? 'open again: nobody is asked for a passphrase'
      : 'protected: without the passphrase nobody can change the ensemble, you included',
  )
}

const said = (words: string): Result => ({ is: 'said', lines: [`secrets.json: ${words}`], exit: 0 })

/** Letters that it has to have; scrypt makes each guess dear, not a short word long. */
const least = 8

async function newPassphrase({ ask, passphrase }: Run): Promise<Secret> {
  const known = await passphrase.known()
  const first = known ?? (await ask.secret('new passphrase of secrets.json'))
  if (first.length < least) throw refuse(`it is shorter than ${least} letters`, 'take a few words')
  if (known === undefined && !(await ask.secret('once more')).equals(first))
    throw refuse('the two are not the same', 'run it again; nothing was changed')
  return first
}

const refuse = (got: string, hint: string) => new Failure({ step: 'take a passphrase', got, hint, exit: 3 })

const none = new Failure({
  step: 'read secrets.json',
  got: 'there are no passwords yet',
  hint: '`up` makes them when it founds the ensemble; where one stands already, `secrets recover` does',
  exit: 5,
})
