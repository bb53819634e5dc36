import type { EnsembleFacts } from '../ensemble/facts.ts'
import { movesPeers } from '../ensemble/plan/membership.ts'
import { leavers } from '../ensemble/plan/leavers.ts'
import { layOutAll, tidyAll } from '../hosts/apply.ts'
import { upkeepChanged } from '../hosts/plan.ts'
import { refusals } from '../hosts/preflight.ts'
import { probeOver, reachability } from '../hosts/reach.ts'
import { throwAll } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { administrationOf } from './shared/administer.ts'
import { confirm } from './shared/confirm.ts'
import { planDocument } from './shared/document.ts'
import { askIfServiceStops } from './shared/drive.ts'
import { withFleet, type Fleet } from './shared/fleet.ts'
import { equip, keepCa, saveMade } from './shared/equip.ts'
import { goOn, unlessInterrupted } from './shared/interrupted.ts'
import { layingOf } from './shared/laying.ts'
import { advanceTo } from './shared/advance.ts'
import { locked } from './shared/lock.ts'
import { askAtLogout } from './shared/logout.ts'
import { isAnothersAtWork, observe, type Seen } from './shared/observe.ts'
import { isEmpty, planUp, whyNothing, type Planned } from './shared/planned.ts'
import { prepare, prepareAnew, readSources, readerOf, type Change, type Prepared } from './shared/prepare.ts'
import type { Result } from './shared/result.ts'
import { finishing } from './shared/rotation.ts'
import type { Run } from './shared/run.ts'
import { seedAll, type SeedOptions } from './shared/trees.ts'
import { showPlan } from './shared/show-plan.ts'
import { statusNow, statusResult, wantHealthy } from './shared/status-result.ts'

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
    if (run.options.dryRun) return { is: 'plan', plan, failures: [...planned.refusals, ...planned.ends], exit: 0 }
    if (isEmpty(planned)) {
      if (planned.ends.length === 0) {
        await keepCa(run, prepared)
        run.emit({ task: 'plan', is: 'log', level: 'info', text: 'nothing to do' })
      }
      return wantHealthy(statusResult(run, seen, planned.ends))
    }
    // While another run is at work its lock is what stands in the way (exit 6): what it leaves behind is judged under ours.
    if (!isAnothersAtWork(seen)) throwAll(planned.refusals)
    rotating?.permit(planned, seen)
    if (peersMove(planned, seen)) await refuseBlocked(run, fleet)
    const mayStopService = await askIfServiceStops(run, planned.goal, seen.ensemble)
    await askAtLogout(run, planned.logout)
    const mayLeaveUnseen = await askWhoLeaves(run, planned, seen.ensemble)
    return locked(run, fleet, seen.ensemble, async (lock) => {
      const now = await equip(run, await prepareAnew(run, prepared), seen)
      const fresh = await planAnew(run, fleet, now, planned, seen)
      await askAtLogout(run, fresh.planned.logout, planned.logout)
      goOn(run)
      await saveMade(run, now)
      const laying = layingOf(run)
      await layOutAll(lock.of, fresh.planned.hosts, laying)
      fresh.watch.laidOut(upkeepChanged(fresh.planned.hosts))
      const goal = { ...fresh.planned.goal, mayStopService, mayLeaveUnseen }
      const outcome = await advanceTo(run, goal, lock, fresh.watch, administrationOf(fleet, now.secrets))
      if (outcome.failures.length === 0) {
        const reached = { goal, facts: outcome.facts }
        await finishing(run, fleet, now, reached, async (secrets) => {
          const trees = secrets === now.secrets ? now.trees : await readSources(run, { ...now, secrets })
          await seedAll(run, fleet, { ...now, trees }, outcome.facts)
        })
        await tidyAll(lock.of, fresh.planned.hosts, laying)
      }
      const forgotten = [...fresh.planned.hosts].flatMap(([host, changes]) =>
        changes.some(({ kind }) => kind === 'remove-aside') ? [host] : [],
      )
      return wantHealthy(await statusNow(run, fleet, fresh, now.auth, outcome, forgotten))
    })
  })
}

const peersMove = ({ steps }: Planned, { ensemble }: Seen<unknown>): boolean =>
  movesPeers(
    steps.map(({ step }) => step),
    ensemble,
  )

/** Where members move, all others reach them at their new ports, or nothing is begun: a blocked one would show when it is needed, in an election. */
async function refuseBlocked(run: Run, fleet: Fleet): Promise<void> {
  throwAll(refusals(await unlessInterrupted(run, reachability(run.inventory, probeOver(fleet.connections)))))
}

/** Asks where members leave; resolves to those of them that cannot be seen to stop. */
async function askWhoLeaves(run: Run, { goal, steps }: Planned, now: EnsembleFacts): Promise<ReadonlySet<HostName>> {
  const plan = steps.map(({ step }) => step)
  const { words, unseen } = leavers(goal, now, plan)
  if (words !== '') await confirm(run, words)
  return new Set(unseen)
}

/** Under the lock everything is looked at again; that plan is the one that is applied, and shown where it differs. */
async function planAnew(
  run: Run<SeedOptions>,
  fleet: Fleet,
  prepared: Prepared,
  before: Planned,
  seenBefore: Seen<unknown>,
) {
  const seen = await observe(run, fleet, readerOf(run, prepared), seenBefore)
  const planned = planUp(run, prepared, seen)
  throwAll(whyNothing(planned))
  if (peersMove(planned, seen) && !peersMove(before, seenBefore)) await refuseBlocked(run, fleet)
  showPlan(run, planDocument(run, planned), planDocument(run, before))
  return { ...seen, planned }
}
