import type { Fact } from '../../model/fact.ts'
import type { HostName } from '../../model/names.ts'
import type { HostFacts } from '../../remote/host-facts.ts'
import { breakLock } from '../../remote/lock-break.ts'
import type { Remote } from '../../remote/remote.ts'
import { holderOf, lockState, type Holder } from './state.ts'

/** The lock of one host as `unlock` tells it. */
export interface ShownLock {
  readonly host: HostName
  readonly token: string
  readonly state: 'live' | 'dead'
  /** who holds it and since when, and the age of its heartbeat */
  readonly words: string
}

/** The locks that observed hosts carry, in their order; a host without one, or not observed, is left out. */
export const shownLocks = (facts: ReadonlyMap<HostName, Fact<HostFacts>>, self: Holder): readonly ShownLock[] =>
  [...facts.values()].flatMap((fact) => {
    if (fact.is !== 'present' || fact.value.lock.is !== 'present') return []
    const { host, machine, lock } = fact.value
    const state = lockState(lock.value, machine.boot, self) === 'dead' ? 'dead' : 'live'
    const words = `held by ${holderOf(lock.value)}, last heartbeat ${Math.round(lock.value.age)} s ago, ${state}`
    return [{ host, token: lock.value.token, state, words }]
  })

/** Takes those locks away, each only if it still is that one; the hosts where it was. For `unlock`, after the answer yes. */
export async function breakLocks(
  remotes: readonly Remote[],
  shown: readonly ShownLock[],
): Promise<readonly HostName[]> {
  const broken = await Promise.all(
    shown.map(async ({ host, token }) => {
      const remote = remotes.find((one) => one.host === host)
      return remote !== undefined && (await breakLock(remote, token)) ? [host] : []
    }),
  )
  return broken.flat()
}
