import { breakLocks, shownLocks, unknownLocks } from '../hosts/lock.ts'
import { observeHosts } from '../hosts/observe.ts'
import { holderOf } from './shared/apply/lock.ts'
import { withFleet } from './shared/look/fleet.ts'
import { confirm } from './shared/run/questions.ts'
import type { Result } from './shared/run/result.ts'
import { isMeant, type Run } from './shared/run/run.ts'

/** Shows who holds the lock where, and removes it; of a live holder only when that is confirmed. */
export const unlock = (run: Run): Promise<Result> =>
  withFleet(run, async (fleet) => {
    const meant = fleet.remotes.filter(({ host }) => isMeant(run.options, host))
    const facts = await observeHosts(meant, run.inventory)
    const locks = shownLocks(facts, holderOf(run))
    const failures = [...fleet.unreached.values(), ...unknownLocks(facts)]
    const lines = locks.map(({ host, words }) => `${host}: ${words}`)
    const none = failures.length === 0 ? 'no host is locked' : 'no host that could be asked is locked'
    if (locks.length === 0) return { is: 'said', lines: [none], failures, exit: 0 }
    if (run.options.dryRun) return { is: 'said', lines, failures, exit: 0 }
    if (locks.some(({ state }) => state === 'live')) {
      await confirm(run, `${lines.join('; ')}. Its run may be at work: it is stopped at its next change.`)
    }
    const broken = await breakLocks(meant, locks, run.emit)
    return {
      is: 'said',
      lines: [...lines, ...broken.hosts.map((host) => `${host}: removed`)],
      failures: [...failures, ...broken.failures],
      exit: 0,
    }
  })
