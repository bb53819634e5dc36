import type { Inventory } from '../../../inventory/inventory.ts'
import { kept, passwordOf, readSecrets, saveSecrets, type Secrets } from '../../../local/secrets.ts'
import { aclsOf } from '../../../model/tree-source.ts'
import { isWithin } from '../../../model/znode-path.ts'
import { digestId } from '../../../zookeeper/digest.ts'
import type { Acl } from '../../../zookeeper/zookeeper.ts'
import type { Run } from '../run/run.ts'

/** Looks for what trees have of identities whose password is lost. */
export interface Search {
  readonly onAcl: (path: string, acl: readonly Acl[]) => void
  /** `user:base64 of sha1` by name, of those that have one alone: of several nobody knows whose programs have which */
  readonly ids: () => ReadonlyMap<string, string>
}

/**
 * Of `sought` only, and where one of dman's ids has all permissions, below a tree of the inventory: others may make znodes there too, but do
 * not know that id. No id counts that the inventory spells, or that is of the password that is there. No I/O.
 */
export function searchOf({ trees }: Pick<Inventory, 'trees'>, secrets: Secrets, dmans: readonly string[]): Search {
  const ids = new Map<string, Set<string>>()
  const names = secrets.sought ?? []
  const isOurs = (path: string, acl: readonly Acl[]): boolean =>
    trees.some((tree) => isWithin(tree.path, path)) &&
    acl.some(({ scheme, id, perms }) => scheme === 'digest' && dmans.includes(id) && perms === 'cdrwa')
  const spelled = trees
    .flatMap(aclsOf)
    .flat()
    .map((text) => text.slice('digest:'.length, text.lastIndexOf(':')))
  const isFormer = (name: string, id: string): boolean => {
    const password = passwordOf(secrets, name)
    return !spelled.includes(id) && (password === undefined || id !== digestId(name, password))
  }
  return {
    onAcl(path, acl) {
      if (names.length === 0 || !isOurs(path, acl)) return
      for (const { scheme, id } of acl) {
        const name = id.slice(0, id.lastIndexOf(':'))
        if (scheme !== 'digest' || !names.includes(name) || !isFormer(name, id)) continue
        ids.set(name, (ids.get(name) ?? new Set()).add(id))
      }
    },
    ids: () => new Map([...ids].flatMap(([name, all]) => (all.size === 1 ? [...all].map((id) => [name, id]) : []))),
  }
}

/**
 * The secrets with the ids that were found, saved before any ACL changes for them: so programs that have a lost password go on. The very same
 * where none was sought.
 */
export async function keepFound(run: Run, secrets: Secrets, { ids }: Search): Promise<Secrets> {
  const { sought } = secrets
  if (sought === undefined) return secrets
  const found = ids()
  await saveSecrets(run.inventory, kept(await readSecrets(run.inventory, run.passphrase.ask), found))
  for (const text of keptWords(sought, found)) run.emit({ task: 'passwords', is: 'log', level: 'warn', text })
  return kept(secrets, found)
}

/** What is to be told of those that were sought. No I/O. */
export function keptWords(sought: readonly string[], found: ReadonlyMap<string, string>): readonly string[] {
  const [stay, anew] = [sought.filter((name) => found.has(name)), sought.filter((name) => !found.has(name))]
  return [
    ...(stay.length === 0
      ? []
      : [
          `lost, but trees go on knowing it, so programs that have it go on: the password of ${stay.join(', ')}; for a new one name another identity in the ACLs`,
        ]),
    ...(anew.length === 0
      ? []
      : [`new passwords: ${anew.join(', ')}; \`client --identity NAME\` shows each, which its programs need`]),
  ]
}
