import { layOutAll, tidyAll } from '../hosts/apply.ts'
import type { HeldLock } from '../hosts/lock.ts'
import { forgottenBy, upkeepChanged } from '../hosts/plan.ts'
import { throwAll } from '../model/failure.ts'
import { failuresIn } from '../model/together.ts'
import type { TreePlan } from '../tree/plan.ts'
import { administrationOf } from './shared/apply/administer.ts'
import { advanceTo } from './shared/apply/advance.ts'
import { layingOf } from './shared/apply/laying.ts'
import { underLock } from './shared/apply/lock.ts'
import { statusNow, statusResult, wantHealthy } from './shared/apply/status-result.ts'
import { seedAll, type SeedOptions } from './shared/apply/trees.ts'
import { refuseBlocked } from './shared/look/blocked.ts'
import { type Fleet, withFleet } from './shared/look/fleet.ts'
import { isAnothersAtWork, observe, type Seen } from './shared/look/observe.ts'
import { planDocument } from './shared/plan/document.ts'
import { isEmpty, notDone, peersMove, type Planned, planUp, whyNothing } from './shared/plan/planned.ts'
import { showPlan } from './shared/plan/show-plan.ts'
import { equip, keepCa, saveMade } from './shared/prepare/equip.ts'
import { type Change, prepare, prepareAnew, type Prepared, readerOf, readSources } from './shared/prepare/prepare.ts'
import { finishing } from './shared/rotation/rotation.ts'
import { goOn, unlessInterrupted } from './shared/run/interrupted.ts'
import { type Answers, askAll, askAtLogout } from './shared/run/questions.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** What else a run does: with what passwords, and whether that may be begun; throws where not. */
export interface Rotating {
  readonly change: Change
  readonly permit: (planned: Planned, seen: Seen<unknown>) => void
}

/**
 * Makes it so: plan; if there is anything to do: lock, plan anew, apply; observe. Safe on a running ensemble, empty when repeated. Where
 * `rotating` says so, with other passwords.
 */
export const up = async (run: Run<SeedOptions>, rotating?: Rotating): Promise<Result> => {
  const known = await prepare(run, rotating?.change)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, readerOf(run, known)))
    const prepared = await equip(run, known, seen)
    const planned = planUp(run, prepared, seen)
    const plan = planDocument(run, planned)
    showPlan(run, plan)
    if (run.options.dryRun) return { is: 'plan', plan, failures: notDone(planned), exit: 0 }
    if (isEmpty(planned)) return nothingToDo(run, prepared, planned, seen)
    // While another run is at work its lock is what stands in the way (exit 6): what it leaves behind is judged under ours.
    if (!isAnothersAtWork(seen)) throwAll(planned.refusals)
    rotating?.permit(planned, seen)
    if (peersMove(planned, seen)) await refuseBlocked(run, fleet)
    const answers = await askAll(run, planned, seen.ensemble)
    return underLock(run, fleet, seen.ensemble, (lock) => apply(run, fleet, lock, { prepared, planned, seen, answers }))
  })
}

/** No lock, and no write anywhere but of a lost ca.pem. */
async function nothingToDo(
  run: Run,
  prepared: Prepared,
  { ends }: Planned,
  seen: Seen<readonly TreePlan[]>,
): Promise<Result> {
  if (ends.length === 0) {
    await keepCa(run, prepared)
    run.emit({ task: 'plan', is: 'log', level: 'info', text: 'nothing to do' })
  }
  return wantHealthy(statusResult(run, seen, ends))
}

/** What the lock was taken for. */
interface Before {
  readonly prepared: Prepared
  readonly planned: Planned
  readonly seen: Seen<unknown>
  readonly answers: Answers
}

/** Under the lock: hosts, then members, then trees; what fails from the members on is told beside the status that it ends with. */
async function apply(run: Run<SeedOptions>, fleet: Fleet, lock: HeldLock, before: Before): Promise<Result> {
  const now = await equip(run, await prepareAnew(run, before.prepared), before.seen)
  const fresh = await planAnew(run, fleet, now, before)
  await askAtLogout(run, fresh.planned.logout, before.planned.logout)
  goOn(run)
  await saveMade(run, now)
  const laying = layingOf(run)
  await layOutAll(lock.of, fresh.planned.hosts, laying)
  fresh.watch.laidOut(upkeepChanged(fresh.planned.hosts))
  const { mayStopService, mayLeaveUnseen } = before.answers
  const goal = { ...fresh.planned.goal, mayStopService, mayLeaveUnseen }
  const reached = await advanceTo(run, goal, lock, fresh.watch, administrationOf(fleet, now.secrets))
  const finish = async () => {
    await finishing(run, fleet, now, { goal, facts: reached.facts }, async (secrets) => {
      const trees = secrets === now.secrets ? now.trees : await readSources(run, { ...now, secrets })
      await seedAll(run, fleet, { ...now, trees }, reached.facts, { permitted: before.planned.shrinks })
    })
    await tidyAll(lock.of, fresh.planned.hosts, laying)
  }
  const outcome = reached.failures.length > 0 ? reached : { ...reached, failures: await failuresIn(finish()) }
  return wantHealthy(await statusNow(run, fleet, fresh, now.auth, outcome, forgottenBy(fresh.planned.hosts)))
}

/** Under the lock everything is looked at again; that plan is the one that is applied, and shown where it differs. */
async function planAnew(run: Run<SeedOptions>, fleet: Fleet, prepared: Prepared, before: Before) {
  const seen = await observe(run, fleet, readerOf(run, prepared), before.seen)
  const planned = planUp(run, prepared, seen)
  throwAll(whyNothing(planned))
  if (peersMove(planned, seen) && !peersMove(before.planned, before.seen)) await refuseBlocked(run, fleet)
  showPlan(run, planDocument(run, planned), planDocument(run, before.planned))
  return { ...seen, planned }
}
