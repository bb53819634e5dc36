import { during } from '../../model/during.ts'
import type { Emit } from '../../model/event.ts'
import type { Fact } from '../../model/fact.ts'
import type { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { outcomesOf } from '../../model/together.ts'
import type { HostFacts } from '../../remote/host-facts.ts'
import { breakLock } from '../../remote/lock-break.ts'
import type { Remote } from '../../remote/remote.ts'
import { type Holder, holderOf, lockState } from './state.ts'

/** The lock of one host as `unlock` tells it. */
export interface ShownLock {
  readonly host: HostName
  readonly token: string
  readonly state: 'live' | 'dead'
  /** who holds it and since when, and the age of its heartbeat */
  readonly words: string
}

/** The locks that observed hosts carry, in their order; a host without one, or of which that is not known, is left out. */
export const shownLocks = (facts: ReadonlyMap<HostName, Fact<HostFacts>>, self: Holder): readonly ShownLock[] =>
  [...facts.values()].flatMap((fact) => {
    if (fact.is !== 'present' || fact.value.lock.is !== 'present') return []
    const { host, machine, lock } = fact.value
    const state = lockState(lock.value, machine.boot, self) === 'dead' ? 'dead' : 'live'
    const words = `held by ${holderOf(lock.value)}, last heartbeat ${Math.round(lock.value.age)} s ago, ${state}`
    return [{ host, token: lock.value.token, state, words }]
  })

/** Why it is not known of a host whether it carries one. */
export const unknownLocks = (facts: ReadonlyMap<HostName, Fact<HostFacts>>): readonly Failure[] =>
  [...facts].flatMap(([host, fact]) => {
    const lock = fact.is === 'present' ? fact.value.lock : fact
    return lock.is === 'unknown' ? [lock.why.of(host)] : []
  })

/** Hosts where the lock was taken away, and what went wrong on others. */
export interface Broken {
  readonly hosts: readonly HostName[]
  readonly failures: readonly Failure[]
}

/** Takes those locks away, each only if it still is that one; one host's failure keeps no other's. For `unlock`, after the answer yes. */
export async function breakLocks(remotes: readonly Remote[], shown: readonly ShownLock[], emit: Emit): Promise<Broken> {
  const there = shown.flatMap(({ host, token, words }) =>
    remotes.filter((remote) => remote.host === host).map((remote) => ({ remote, token, words })),
  )
  const { done, failed } = await outcomesOf(
    there.map(async ({ remote, token, words }) => {
      const at = { task: `lock/${remote.host}`, host: remote.host }
      const title = `the lock is taken away: ${words}`
      const work = () => breakLock(remote, token)
      const isGone = await during(emit, at, title, work, (gone) => ({ outcome: gone ? 'done' : 'unchanged' }))
      return isGone ? [remote.host] : []
    }),
  )
  return { hosts: done.flat(), failures: failed }
}
