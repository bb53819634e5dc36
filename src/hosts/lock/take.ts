import { type Failure, failuresOf, NoMajority, throwAll, Unreachable } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { together } from '../../model/together.ts'
import { type HostLock, type TakenLock, takeOne } from './one.ts'
import type { Holder } from './state.ts'

/** Whose locks make a majority: the hosts of the inventory and the members of the ensemble, those that leave apart. */
export interface Electorate {
  readonly hosts: readonly HostName[]
  /** present members, as /zookeeper/config tells; empty where nothing was founded yet */
  readonly members: readonly HostName[]
}

/** What is missing to a majority, in words; undefined where there is one. */
export function lacking(held: readonly HostName[], { hosts, members }: Electorate): string | undefined {
  const short = [
    { what: 'hosts', all: hosts },
    { what: 'members', all: members },
  ].flatMap(({ what, all }) => {
    const have = all.filter((name) => held.includes(name)).length
    return all.length === 0 || have > all.length / 2 ? [] : [`${have} of ${all.length} ${what}`]
  })
  return short.length === 0 ? undefined : `only on ${short.join(' and ')}`
}

/**
 * One attempt on all hosts, which are given in order of id. The first reachable one is taken alone: who wins there is hardly
 * ever met elsewhere. The others are then taken side by side, in one round trip for all instead of one each. That is free of
 * deadlock because nothing waits while it holds: whoever meets a live lock gives back all it took. Unreachable hosts (exit 4)
 * are left out and told to `skipped`. `taken` hears of each lock at once, for its heartbeat must not wait for slower hosts.
 * Rejects with Failures, and what `taken` heard of is the caller's to give back.
 */
export async function takeAll(
  locks: readonly HostLock[],
  self: Holder,
  electorate: Electorate,
  hear: { taken: (taken: TakenLock) => void; skipped: (why: Failure) => void },
): Promise<void> {
  const held: HostName[] = []
  const take = async (lock: HostLock): Promise<boolean> => {
    try {
      const taken = await takeOne(lock, self)
      hear.taken(taken)
      held.push(lock.host)
      return true
    } catch (thrown) {
      const unreachable = failuresOf(thrown, 'take the lock').map((failure) => failure.of(lock.host))
      if (!unreachable.every((failure) => failure instanceof Unreachable)) throwAll(unreachable)
      unreachable.forEach(hear.skipped)
      return false
    }
  }
  const rest = [...locks]
  for (let lock = rest.shift(); lock !== undefined && !(await take(lock));) lock = rest.shift()
  await together(rest.map(take))
  const short = lacking(held, electorate)
  if (short !== undefined) throw noMajority(short)
}

export const noMajority = (short: string): NoMajority =>
  new NoMajority({
    step: 'hold the lock',
    got: `${short}, which is no majority`,
    hint: 'bring the unreachable hosts back, or take them out of the inventory (role: absent)',
  })
