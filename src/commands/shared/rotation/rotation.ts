import type { Converge } from '../../../ensemble/desired.ts'
import { type EnsembleFacts, memberOf, serverOf } from '../../../ensemble/facts.ts'
import { named } from '../../../ensemble/plan/step.ts'
import type { Inventory } from '../../../inventory/inventory.ts'
import { readSecrets, rotated, saveSecrets, type Secrets } from '../../../local/secrets.ts'
import { caFile } from '../../../local/tls-secrets.ts'
import { Failure } from '../../../model/failure.ts'
import { isWanted } from '../../../model/names.ts'
import { metaFolder } from '../../../model/znode-path.ts'
import { mendAcls, type NewIds } from '../../../tree/mend.ts'
import { digestId } from '../../../zookeeper/digest.ts'
import type { Acl, ZooKeeper } from '../../../zookeeper/zookeeper.ts'
import type { Fleet } from '../look/fleet.ts'
import { openAny } from '../look/session.ts'
import { authOf, identitiesOf } from '../prepare/identity.ts'
import type { Run } from '../run/run.ts'
import { keepFound, type Search, searchOf } from './sought.ts'

/**
 * dman's ids in ACLs, before the rotation that is under way, and what comes in their place. Where the former password is lost, they are those that
 * `acls` have, of the folders that dman made.
 */
export function newIds(
  { passwords, former }: Pick<Secrets, 'passwords' | 'former'>,
  acls: readonly Acl[] = [],
): NewIds {
  if (former === undefined || passwords.dman === undefined) return new Map()
  const now = digestId('dman', passwords.dman)
  const seen = acls.filter(({ scheme, id }) => scheme === 'digest' && id.startsWith('dman:')).map(({ id }) => id)
  const old = former.dman === undefined ? seen : [digestId('dman', former.dman)]
  return new Map(old.filter((id) => id !== now).map((id) => [id, now]))
}

/** ACLs of what is above metadata, of those that left, and of each tree's. */
async function metaAcls(open: () => Promise<ZooKeeper>): Promise<readonly Acl[]> {
  const session = await open()
  try {
    const below = (await session.children(metaFolder)) ?? []
    const paths = ['/dman', metaFolder, ...below.map((name) => `${metaFolder}/${name}`)]
    return (await Promise.all(paths.map((path) => session.getAcl(path)))).flatMap((found) => found?.acl ?? [])
  } finally {
    await session.close()
  }
}

/** Throws a Failure, exit 5: until it is finished, trees have ACLs of both passwords. */
export function notAmidRotation({ former }: Secrets): void {
  if (former === undefined) return
  throw new Failure({
    step: 'read secrets.json',
    got: 'a change of the passwords was begun and is not finished',
    hint: '`secrets rotate` finishes it, and so does `up`; then run this again',
    exit: 5,
  })
}

/**
 * The end of a rotation that is under way, once all members know the new passwords: new ACLs, the trees by `seed`, and only when no
 * znode names the former id any more that password is forgotten. Without a rotation no more than `seed`, which gets the secrets as they are then.
 */
export async function finishing<T>(
  run: Run,
  fleet: Fleet,
  { secrets }: { readonly secrets: Secrets },
  { goal, facts }: { readonly goal: Converge; readonly facts: EnsembleFacts },
  seed: (secrets: Secrets) => Promise<T>,
): Promise<T> {
  if (secrets.former === undefined) return seed(secrets)
  const behind = notYet(goal, facts)
  if (behind.length > 0) throw unfinished(behind)
  const task = 'passwords'
  run.emit({ task, is: 'begun', title: 'passwords' })
  const open = () => openAny(fleet, facts, authOf(secrets, 'super'))
  const ids = newIds(secrets, secrets.former.dman === undefined ? await metaAcls(open) : [])
  const mend = (onAcl?: Search['onAcl']) =>
    mendAcls(ids, {
      open,
      ...(onAcl && { onAcl }),
      waiting: () => run.emit({ task, is: 'waiting', for: 'an answer of ZooKeeper' }),
    })
  const search = searchOf(run.inventory, secrets, [...ids.keys(), identitiesOf(secrets)['dman'] ?? ''])
  const before = await mend(search.onAcl)
  const seeded = await seed(await keepFound(run, secrets, search))
  // A seed that read the former password before this began may have made znodes since; moving HEAD has ended it.
  const count = before + (await untilNone(mend))
  const held = await readSecrets(run.inventory, run.passphrase.ask)
  await saveSecrets(run.inventory, rotated(held))
  run.emit({ task, is: 'ended', outcome: 'done', note: `${count} ${count === 1 ? 'ACL' : 'ACLs'} changed` })
  for (const text of toHandOut(run.inventory, secrets)) run.emit({ task, is: 'log', level: 'warn', text })
  return seeded
}

/** What programs need besides passwords, once a recovery is over: the former CA may have been lost, too. No I/O. */
export const toHandOut = (
  { ports, state }: Pick<Inventory, 'ports' | 'state'>,
  { former }: Pick<Secrets, 'former'>,
): readonly string[] =>
  former === undefined || former.dman !== undefined || ports.secure === undefined
    ? []
    : [
        `clients that come by TLS verify members by ${caFile(state)}: where the CA was lost, it is a new one, which they need`,
      ]

/** Again until it changes nothing; resolves to how many it changed. */
async function untilNone(mend: () => Promise<number>): Promise<number> {
  let count = 0
  for (;;) {
    const more = await mend()
    if (more === 0) return count
    count += more
  }
}

/** Members that were not seen to run with the settings that have the new passwords. No I/O. */
export const notYet = ({ members }: Pick<Converge, 'members'>, now: EnsembleFacts): readonly string[] =>
  members
    .filter(isWanted)
    .filter(({ host, conf }) => {
      const member = memberOf(now, host)
      return member === undefined || conf === undefined || serverOf(member)?.conf !== conf
    })
    .map(({ host }) => host)

const unfinished = (hosts: readonly string[]) =>
  new Failure({
    step: 'change the passwords',
    got: `${named(hosts)} not seen to run with the new ones`,
    hint: 'run `secrets rotate` again, for all hosts: until then both passwords count',
    exit: 5,
  })
