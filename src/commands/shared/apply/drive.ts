import type { Goal } from '../../../ensemble/desired.ts'
import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import { foreseeAll } from '../../../ensemble/plan/foresee.ts'
import { stopsAtLogout } from '../../../ensemble/plan/logout.ts'
import { vanishedMembers } from '../../../ensemble/plan/membership-problems.ts'
import { toRestart } from '../../../ensemble/plan/roll.ts'
import { laterVersions } from '../../../hosts/preflight.ts'
import { throwAll } from '../../../model/failure.ts'
import { type TreesSeen, treesSeen } from '../../../tree/status.ts'
import { withFleet } from '../look/fleet.ts'
import { observe, type Seen, type TreeReader } from '../look/observe.ts'
import { framed, shownSteps, withProblems } from '../plan/document.ts'
import { showPlan } from '../plan/show-plan.ts'
import { readerAuth } from '../prepare/identity.ts'
import { unlessInterrupted } from '../run/interrupted.ts'
import { askAtLogout, askIfServiceStops } from '../run/questions.ts'
import type { Result, StatusResult } from '../run/result.ts'
import type { Run } from '../run/run.ts'
import { advanceTo } from './advance.ts'
import { underLock } from './lock.ts'
import { statusNow, statusSeen, warnOf } from './status-result.ts'

/** What a command that only drives the members wants, and how it judges what came of it. */
export interface Driving {
  /** of the ensemble as it was seen; `mayStopService`: a roll that ends the quorum for a moment is allowed, or will be asked about */
  readonly goal: (now: EnsembleFacts, mayStopService: boolean) => Goal
  readonly judged: (status: StatusResult) => StatusResult
  /** a question of the command's own, before the lock is taken and where there is something to do; rejects where the answer is no */
  readonly ask?: () => Promise<void>
}

/** `start`, `stop`, `restart` and `repair`: observe; if there is anything to do: lock, observe anew, go towards the goal; observe. */
export async function drive(run: Run, { goal, judged, ask }: Driving): Promise<Result> {
  const auth = await readerAuth(run)
  const read: TreeReader<TreesSeen>['read'] = (session) => treesSeen(session, run.inventory.trees)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, { auth, read }))
    const planned = planDrive(goal(seen.ensemble, true), seen)
    showPlan(run, planned.document)
    if (run.options.dryRun) return { is: 'plan', plan: planned.document, failures: planned.ends, exit: 0 }
    if (!planned.hasSteps) {
      warnOf(run, seen.trees?.problems)
      return judged(statusSeen(run, seen, planned.ends))
    }
    await ask?.()
    const mayStop = await askIfServiceStops(run, goal(seen.ensemble, true), seen.ensemble)
    await askAtLogout(run, planned.logout)
    return underLock(run, fleet, seen.ensemble, async (lock) => {
      const fresh = await observe(run, fleet, { auth, read }, seen)
      const wanted = goal(fresh.ensemble, mayStop)
      const now = planDrive(wanted, fresh)
      showPlan(run, now.document, planned.document)
      if (!now.hasSteps) throwAll(now.ends)
      await askAtLogout(run, now.logout, planned.logout)
      const outcome = await advanceTo(run, wanted, lock, fresh.watch)
      return judged(await statusNow(run, fleet, fresh, auth, outcome))
    })
  })
}

/**
 * The steps to the goal, and what they end in; none on hosts with what a later version wrote (case 42), nor, where a member is to go down, amid
 * others that the inventory does not know of (case 34).
 */
function planDrive(goal: Goal, seen: Seen<unknown>) {
  const { hosts, ensemble } = seen
  const refusals = [...laterVersions(hosts), ...(takesDown(goal) ? vanishedMembers(goal, ensemble) : [])]
  const { steps, end, waits } =
    refusals.length > 0
      ? { steps: [], end: { is: 'refuse' as const, why: refusals }, waits: undefined }
      : foreseeAll(goal, ensemble)
  const logout = stopsAtLogout(goal, steps, seen)
  const plan = framed(goal.ensemble, {
    steps: shownSteps(steps, waits, logout),
    restarts:
      refusals.length > 0 ? [] : toRestart(goal, ensemble).map(({ want, reason }) => ({ host: want.host, reason })),
  })
  const ends = end.is === 'refuse' ? end.why : []
  const hasSteps = plan.steps.length > 0
  const document = withProblems(plan, hasSteps ? { ends } : { refusals: ends })
  return { document, logout, hasSteps, ends }
}

/** `start` takes nobody down. */
const takesDown = (goal: Goal): boolean =>
  goal.kind !== 'serve' || goal.restart !== undefined || goal.rejoin !== undefined
