import { type EnsembleFacts, serverOf, servingOf } from '../../../ensemble/facts.ts'
import { Failure, Failures } from '../../../model/failure.ts'
import type { HostName } from '../../../model/names.ts'
import { failureOf } from '../../../zookeeper/failure.ts'
import { dialer, openSession, type SessionOptions } from '../../../zookeeper/session.ts'
import type { Admin, Reader } from '../../../zookeeper/zookeeper.ts'
import type { Fleet } from './fleet.ts'

/**
 * A session through the first serving member that gives one: those first that SSH reaches, for it tells a password; of these followers first,
 * for the leader has enough to do, and `avoid` last. A process that is not known to be ours gets none.
 */
export async function openAny(
  fleet: Fleet,
  facts: EnsembleFacts,
  auth: SessionOptions['auth'],
  avoid?: HostName,
): Promise<Admin> {
  const serving = facts.members.filter((member) => servingOf(member) !== undefined && serverOf(member) !== undefined)
  const leads = (member: (typeof serving)[number]) => servingOf(member)?.mode === 'leader'
  let last: unknown = nobody
  const rank = (member: (typeof serving)[number]) =>
    (leads(member) ? 1 : 0) + (member.host === avoid ? 2 : 0) + (fleet.beside.has(member.host) ? 4 : 0)
  for (const { host, at } of [...serving].sort((a, b) => rank(a) - rank(b))) {
    if (at === undefined) continue
    try {
      return await openSession({ dial: dialer(fleet.dial, host, at), ...(auth && { auth }) })
    } catch (thrown) {
      last = failureOf(thrown, 'open a session', host)
    }
  }
  // Who could not be looked at may serve: that comes first.
  throw last === nobody && fleet.unreached.size > 0 ? new Failures([...fleet.unreached.values(), nobody]) : last
}

const nobody = new Failure({
  step: 'open a session',
  got: 'no member serves',
  hint: '`status` shows the members; `start` or `up` brings them to serve',
})

/** Reads in `body` by a session that is closed however it ends. */
export async function withSession<T>(
  fleet: Fleet,
  facts: EnsembleFacts,
  auth: SessionOptions['auth'],
  body: (session: Reader) => Promise<T>,
): Promise<T> {
  const session = await openAny(fleet, facts, auth)
  try {
    return await body(session)
  } finally {
    await session.close()
  }
}
