import type { Emit } from '../../model/event.ts'
import { NotBegun, Unreachable } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { Locked } from '../../remote/remote.ts'
import type { Holding } from './hold.ts'
import { type HostLock, takeOne } from './one.ts'
import { settleOne } from './settle.ts'
import type { Holder } from './state.ts'
import type { Electorate } from './take.ts'

/** The lock while the body runs. */
export interface HeldLock {
  /**
   * A host that may be changed. Where its lock could not be taken with the others it is taken now, before the first change there. Rejects
   * with a NotBegun where that cannot be done, also where an earlier run's scripts had to be ended first: what was seen of that
   * host before is no fact; a LockHeld where another's is live there.
   */
  readonly of: (host: HostName) => Promise<Locked>
  /** aborted with a LockLost once the lock was lost on any host; looked at between steps */
  readonly lost: AbortSignal
  /**
   * Asked before a member is taken down: rejects unless a majority of hosts and members still answers that the lock is ours (LockLost
   * where one says no, NoMajority where too few answer). `members`: the present ones as observed last, for a run may change them.
   */
  readonly stillHeld: (members?: readonly HostName[]) => Promise<void>
}

/** `locks`: of all hosts that are connected, also where the lock is not held yet. */
export function heldLock(
  held: Holding,
  locks: readonly HostLock[],
  self: Holder,
  electorate: Electorate & { readonly emit: Emit },
): HeldLock {
  const joining = new Map<HostName, Promise<Locked>>()
  const unsettled = new Set<HostName>()
  const join = async (host: HostName): Promise<Locked> => {
    const lock = locks.find((one) => one.host === host)
    if (lock === undefined) throw notLocked(host, 'there is no connection to it')
    const taken = await takeOne(lock, self).catch((thrown: unknown) => {
      throw thrown instanceof Unreachable ? notLocked(host, thrown.got, thrown) : thrown
    })
    if (!held.taken.some((one) => one.lock.host === host)) held.add(taken)
    if (taken.running.length === 0) return taken.locked
    unsettled.add(host)
    await settleOne(taken, electorate.emit)
    unsettled.delete(host)
    throw notLocked(host, 'what an earlier run had left running there has only now ended')
  }
  return {
    of(host) {
      const known = held.taken.find(({ lock }) => lock.host === host)
      const under = joining.get(host)
      if (under !== undefined) return under
      if (known !== undefined && !unsettled.has(host)) return Promise.resolve(known.locked)
      const joined = join(host).finally(() => joining.delete(host))
      joining.set(host, joined)
      return joined
    },
    lost: held.lost,
    stillHeld: (members = electorate.members) => held.stillHeld({ hosts: electorate.hosts, members }),
  }
}

const notLocked = (host: HostName, got: string, cause?: unknown): NotBegun =>
  new NotBegun({ host, step: 'take the lock', got, hint: 'nothing was changed there: run it again', exit: 4, cause })
