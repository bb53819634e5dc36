import { missingSecrets, passwordOf, passwordsOf, readSecrets, type Secrets } from '../../../local/secrets.ts'
import { namedIdentities } from '../../../model/acl-text.ts'
import { Failure } from '../../../model/failure.ts'
import type { Secret } from '../../../model/secret.ts'
import { aclsOf, type TreeSource } from '../../../model/tree-source.ts'
import type { Identities } from '../../../tree/acl.ts'
import { digestAuth, digestId } from '../../../zookeeper/digest.ts'
import type { SessionOptions } from '../../../zookeeper/session.ts'
import type { Run } from '../run/run.ts'

// Who this run says that it is, and whom ACLs may name: by the passwords of secrets.json.

/** Identities that the ACLs of trees name. */
export const identitiesIn = (trees: readonly TreeSource[]): readonly string[] =>
  namedIdentities(trees.flatMap(aclsOf).flat())

/** Whom an ACL may name: whoever has a password, or had one that ACLs know, but for the super user, who needs no ACL. */
export const identitiesOf = ({ passwords, ids }: Secrets): Identities => ({
  ...ids,
  ...Object.fromEntries(
    Object.entries(passwords)
      .filter(([name]) => name !== 'super')
      .map(([name, secret]) => [name, digestId(name, secret)]),
  ),
})

/** The same, where secrets.json can be read. */
export const knownIdentities = (run: Pick<Run, 'inventory' | 'passphrase'>): Promise<Identities | undefined> =>
  readSecrets(run.inventory, run.passphrase.known).then(identitiesOf, () => undefined)

/**
 * How a session says that it is dman; none where the password is not at hand, for most trees can be read by the world. Nobody is asked for
 * a passphrase.
 */
export async function readerAuth(run: Pick<Run, 'inventory' | 'passphrase'>): Promise<SessionOptions['auth']> {
  return readSecrets(run.inventory, run.passphrase.known).then(authOf, () => [])
}

/** The secrets, and how a session says that it is dman. Rejects as readSecrets, and with a Failure, exit 5, where its password is not there. */
export async function asDman({ inventory, passphrase }: Run) {
  const secrets = await readSecrets(inventory, passphrase.ask)
  const { unmade } = missingSecrets(secrets)
  if (unmade.includes('dman')) throw noPassword(unmade)
  neededPassword(secrets, 'dman')
  return { secrets, auth: authOf(secrets) }
}

/** How a session says that it is dman, or the super user: by each password that servers and ACLs may know. */
export const authOf = (secrets: Secrets, name: 'super' | 'dman' = 'dman') =>
  passwordsOf(secrets, name).map((password) => ({ scheme: 'digest', auth: digestAuth(name, password) }))

/** Throws a Failure, exit 5, where it is not there. */
export function neededPassword(secrets: Secrets, name: string): Secret {
  const found = passwordOf(secrets, name)
  if (found !== undefined) return found
  throw new Failure({
    step: 'read secrets.json',
    got: `no password of ${name}`,
    hint: 'put back a copy of it, or run `secrets recover`',
    exit: 5,
  })
}

/** What ends a run that takes no lock, for only under that a password is made: exit 5. `unmade` names those that it lacks. */
export const noPassword = (unmade: readonly string[]): Failure =>
  new Failure({
    step: 'read secrets.json',
    ...(unmade.includes('dman')
      ? {
          got: 'there is none beside the inventory',
          hint: '`up` makes it when it founds the ensemble; else bring back the .dman folder it was made in, or run `secrets recover`',
        }
      : {
          got: `no password was made yet of ${unmade.join(', ')}, whom an ACL names`,
          hint: 'run `up` once: it makes it, and applies the trees, too',
        }),
    exit: 5,
  })
