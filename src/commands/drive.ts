import type { Goal } from '../ensemble/desired.ts'
import { foreseeAll } from '../ensemble/plan/foresee.ts'
import { hostsOf } from '../ensemble/plan/step.ts'
import { Failures } from '../model/failure.ts'
import { treeStatus } from '../tree/status.ts'
import { withFleet } from './fleet.ts'
import { locked, towards } from './lock.ts'
import { unlessInterrupted } from './interrupted.ts'
import { observe } from './observe.ts'
import { readerAuth } from './prepare.ts'
import type { Result, StatusResult } from './result.ts'
import type { Run } from './run.ts'
import { membersOf, statusNow, statusSeen } from './status.ts'

/** What `start` and `stop` ask of the members: as they are, with nothing laid on their hosts. */
export function goalOf<K extends 'serve' | 'stop'>({ inventory, options }: Run, kind: K): Goal & { kind: K } {
  return {
    kind,
    ensemble: inventory.ensemble,
    members: membersOf({ inventory }),
    ports: inventory.ports,
    timeout: options.timeout,
    ...(options.hosts === undefined ? {} : { only: new Set(options.hosts) }),
  } as Goal & { kind: K }
}

/** Observe; if there is anything to do: lock, observe anew, go towards the goal; observe. */
export async function drive(run: Run, goal: Goal, healthy: (status: StatusResult) => boolean): Promise<Result> {
  const auth = await readerAuth(run)
  const reader = { auth, read: (session: Parameters<typeof treeStatus>[0]) => treeStatus(session, run.inventory.trees) }
  const judged = (result: StatusResult): Result => ({ ...result, exit: healthy(result) ? 0 : 1 })
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, reader))
    const { steps, end } = foreseeAll(goal, seen.ensemble)
    const ends = end.is === 'refuse' ? end.why : []
    const plan = {
      version: 1 as const,
      ensemble: run.inventory.ensemble,
      changes: [],
      steps: steps.map(({ step, reason }) => ({ kind: step.kind, hosts: [...hostsOf(step)], reason })),
      restarts: [],
    }
    run.emit({ task: 'plan', is: 'plan', plan })
    if (run.options.dryRun) return { is: 'plan', plan, failures: ends, exit: 0 }
    if (steps.length === 0 && ends.length > 0) throw new Failures(ends)
    if (steps.length === 0) return judged(statusSeen(run, seen))
    return locked(run, fleet, seen.ensemble, async (hosts, lock) => {
      const { observer } = await observe(run, fleet, reader, hosts)
      const { failures } = await towards(run, goal, lock, observer)
      return judged(await statusNow(run, fleet, observer, auth, failures))
    })
  })
}
