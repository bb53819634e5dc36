import { setTimeout } from 'node:timers/promises'
import { ipv6Since } from '../model/acl-text.ts'
import { Failure } from '../model/failure.ts'
import { type Acl, type ZooKeeper, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import { join } from './path.ts'
import { pipelined } from './pipelined.ts'
import { sessionsOf } from './seed/sessions.ts'

/** Ids of ACL entries, and what is to stand instead: `user:base64 of sha1`, as ZooKeeper keeps digests. */
export type NewIds = ReadonlyMap<string, string>

/** An ACL with the new ids instead of the old, each entry once; the very same where it names none of the old. Pure. */
export function mended(acl: readonly Acl[], ids: NewIds): readonly Acl[] {
  const newId = ({ scheme, id }: Acl) => (scheme === 'digest' ? ids.get(id) : undefined)
  if (acl.every((entry) => newId(entry) === undefined)) return acl
  const entries = acl.map((entry) => ({ ...entry, id: newId(entry) ?? entry.id }))
  return entries.filter((entry, at) => entries.findIndex((one) => JSON.stringify(one) === JSON.stringify(entry)) === at)
}

interface Mending {
  /** opens a session of the super user, whom no ACL keeps away and who sees them whole; called again where one is lost */
  readonly open: () => Promise<ZooKeeper>
  readonly waiting: () => void
  /** hears of every ACL as it is found, of some twice where a session is lost */
  readonly onAcl?: (path: string, acl: readonly Acl[]) => void
  readonly sleep?: (ms: number) => Promise<unknown>
}

/**
 * Puts the new ids into the ACLs of all znodes, whosever they are; resolves to how many had to be changed, so to 0 where nothing names an old
 * id any more. Cut short, it is finished by doing it again. Each change expects the ACL that was read, so nobody else's is undone.
 */
export async function mendAcls(ids: NewIds, { open, waiting, onAcl, sleep }: Mending): Promise<number> {
  const sessions = sessionsOf(open, sleep ?? setTimeout)
  let count = 0
  try {
    for (let level = ['/']; level.length > 0;) {
      const found = await sessions.use(
        (zk) =>
          pipelined(level, async (path) => {
            const [children, isChanged] = await Promise.all([zk.children(path), mendOne(zk, path, ids, onAcl)])
            if (isChanged) count += 1
            return (children ?? []).map((name) => join(path, name))
          }),
        retries,
        waiting,
      )
      level = found.flat()
    }
  } finally {
    await sessions.end()
  }
  return count
}

/** Of a session, about a minute. */
const retries = 30

async function mendOne(zk: ZooKeeper, path: string, ids: NewIds, onAcl: Mending['onAcl']): Promise<boolean> {
  for (;;) {
    const live = await zk.getAcl(path)
    if (live === null) return false
    onAcl?.(path, live.acl)
    const acl = mended(live.acl, ids)
    if (acl === live.acl) return false
    try {
      await zk.setAcl(path, acl, live.stat.aversion)
      return true
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error
      if (error.code === 'NO_NODE') return false
      if (error.code === 'INVALID_ACL') throw notTaken(path)
      if (error.code !== 'BAD_VERSION') throw error
    }
  }
}

/** Written by servers of another version, or other settings, than those that serve now. */
const notTaken = (path: string) =>
  new Failure({
    step: 'change the ACLs',
    got: `INVALID_ACL: the servers do not take the ACL that ${path} has`,
    hint: `IPv6 addresses are taken from ZooKeeper ${ipv6Since} on: bring that version back, or change the ACL by hand; then run it again`,
    exit: 5,
  })
