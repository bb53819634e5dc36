import { resolve } from 'node:path'
import { replayOn, sameEnd } from '../ensemble/backup/take.ts'
import { begunOn, stopGoal } from '../ensemble/desired.ts'
import { named } from '../ensemble/plan/step.ts'
import { markAll, releaseAll, type Restoring, stage, swapAll } from '../ensemble/restore/apply.ts'
import { restoreProblems, sinceOf, swapProblems } from '../ensemble/restore/plan.ts'
import { layOutAll } from '../hosts/apply.ts'
import type { HeldLock } from '../hosts/lock.ts'
import { type Backup, readBackup } from '../local/backup-file.ts'
import { saveFounding } from '../local/founding.ts'
import { during } from '../model/during.ts'
import { Failure, Interrupted, throwAll } from '../model/failure.ts'
import { laidOn } from '../remote/host-facts.ts'
import { asidesOf, type Planned, planOf } from './restore/planned.ts'
import { undo } from './restore/undo.ts'
import { advanceTo } from './shared/apply/advance.ts'
import { layingOf } from './shared/apply/laying.ts'
import { underLock } from './shared/apply/lock.ts'
import { statusNow, wantHealthy } from './shared/apply/status-result.ts'
import { type Fleet, withFleet } from './shared/look/fleet.ts'
import { noTrees, observe, observeKnown, type Seen } from './shared/look/observe.ts'
import { samePlan, withProblems } from './shared/plan/document.ts'
import { currentReplay, desiredReplay } from './shared/plan/replay.ts'
import { showPlan } from './shared/plan/show-plan.ts'
import { equip, saveMade } from './shared/prepare/equip.ts'
import { prepare, prepareAnew, type Prepared } from './shared/prepare/prepare.ts'
import { goOn, unlessInterrupted } from './shared/run/interrupted.ts'
import { confirm } from './shared/run/questions.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

export interface RestoreOptions {
  /** the backup */
  readonly file?: string
  /** take one back that was stopped before it replaced anything */
  readonly undo: boolean
}

/** Brings the data of a backup to every member, or takes a restore back that was stopped early. */
export const restore = async (run: Run<RestoreOptions>): Promise<Result> => {
  const { file, undo: takesBack } = run.options
  if ((file === undefined) !== takesBack) throw oneOfBoth
  return file === undefined ? undo(run) : restoreFile(run, file)
}

const oneOfBoth = new Failure({
  step: 'read the arguments',
  got: 'wanted is either the file of a backup or --undo',
  hint: 'dman-bootstrap restore INVENTORY FILE, or dman-bootstrap restore INVENTORY --undo',
  exit: 3,
})

/**
 * To every member, of the same ensemble or of a new one. Until all is verified on every host nothing is stopped; from the first stop to the
 * last swap every host is marked, so that nobody starts anything; the next run goes on where one was killed.
 */
async function restoreFile(run: Run, file: string): Promise<Result> {
  const backup = await readBackup(resolve(file), run.interrupted)
  const known = await prepare(run)
  return withFleet(run, async (fleet) => {
    const look = () => observe(run, fleet, noTrees)
    const seen = await unlessInterrupted(run, observeKnown(run, look))
    const prepared = await equip(run, known, seen)
    const planned = planOf(run, prepared, seen, backup)
    show(run, planned)
    if (run.options.dryRun)
      return { is: 'plan', plan: withProblems(planned.document, planned), failures: planned.refusals, exit: 0 }
    throwAll(planned.refusals)
    await ask(run, planned, backup)
    return underLock(run, fleet, seen.ensemble, (lock) =>
      apply(run, fleet, lock, { prepared, backup, before: planned }),
    )
  })
}

function show(run: Run, { document, warnings }: Planned): void {
  showPlan(run, document)
  for (const text of warnings) run.emit({ task: 'plan', is: 'log', level: 'warn', text })
}

/** Data that would be overwritten is asked about, and who would go on with it unseen; an earlier try that only has to be finished was. */
async function ask(run: Run, { plan, membership, unseen }: Planned, { manifest }: Backup): Promise<void> {
  const over = plan.hosts.filter(({ overwrites }) => overwrites).map(({ host }) => host)
  if (plan.kind === 'finish' || over.length + unseen.length === 0) return
  const { ensemble } = run.inventory
  const question = [
    ...(over.length === 0
      ? []
      : [
          `This stops ${ensemble} and sets ALL ITS DATA on ${named(over)} aside for that of ${manifest.ensemble} at ${manifest.at}:`,
          'what was written since is gone for clients.',
        ]),
    ...(membership === undefined ? [] : [`Its members become ${membership.members}; they were ${membership.former}.`]),
    ...(unseen.length === 0
      ? []
      : [`${named(unseen)} cannot be reached: what runs there would GO ON WITH THE FORMER DATA beside this.`]),
  ].join(' ')
  await confirm(run, question, ensemble)
}

async function apply(
  run: Run,
  fleet: Fleet,
  lock: HeldLock,
  { prepared, backup, before }: { prepared: Prepared; backup: Backup; before: Planned },
): Promise<Result> {
  const seen = await observeKnown(run, () => observe(run, fleet, noTrees))
  const now = await equip(run, await prepareAnew(run, prepared), seen)
  const planned = planOf(run, now, seen, backup)
  throwAll(planned.refusals)
  if (!samePlan(planned.document, before.document)) {
    show(run, planned)
    await ask(run, planned, backup)
  }
  goOn(run)
  await saveMade(run, now)
  await layOutAll(lock.of, planned.hosts, layingOf(run))
  const how = restoring(run, lock, planned, seen)
  if (planned.plan.kind === 'restore') {
    await stage(how)
    await tryOut(run, now, seen, how)
    await replace(run, fleet, lock, seen, how)
  }
  goOn(run, underWay)
  await releaseAll(how)
  const released = await observe(run, fleet, noTrees)
  const outcome = await advanceTo(run, planned.goal, lock, released.watch)
  return wantHealthy(await statusNow(run, fleet, released, now.auth, outcome))
}

const underWay = 'interrupted: the restore is not finished, and nothing is started until it is'

function restoring(run: Run, lock: HeldLock, { goal, backup, plan }: Planned, { hosts }: Seen<unknown>): Restoring {
  const asides = [...asidesOf(hosts).values()].flat()
  const since = plan.former?.since ?? sinceOf(Math.floor(Date.now() / 1000), asides)
  return {
    goal,
    backup,
    plan,
    mark: { restore: backup.restore, phase: 'hold', since, who: run.operator.who },
    founding: plan.founding ?? run.id,
    locked: lock.of,
    emit: run.emit,
    timeout: run.options.timeout,
  }
}

/** The ZooKeeper that is to serve it has to be able to load it: one host of those that were given it tries, before anything is stopped. */
async function tryOut(run: Run, prepared: Prepared, seen: Seen<unknown>, how: Restoring): Promise<void> {
  const { backup, plan, emit } = how
  const host = plan.hosts.find(({ isSwapped }) => !isSwapped)?.host
  if (host === undefined) return
  const fact = seen.hosts.get(host)
  const by = laidOn(fact)?.current.is === 'present' ? currentReplay(run, fact) : desiredReplay(run, prepared, host)
  const replay = async () => {
    const from = `tmp/restore.${backup.restore}/version-2`
    sameEnd(host, await replayOn(await how.locked(host), from, backup.files, by), backup.zxid)
  }
  const at = { task: `restore/${host}`, host }
  await during(emit, at, 'replays the backup', replay, () => ({ note: 'replayed' }))
}

/** Marked, stopped and swapped on every host, which all have the backup beside what runs. */
async function replace(run: Run, fleet: Fleet, lock: HeldLock, seen: Seen<unknown>, how: Restoring): Promise<void> {
  goOn(run, 'interrupted: nothing but copies in tmp was written')
  await lock.stillHeld()
  await markAll(how)
  // Under a mark that was there before data may have been replaced.
  const words = how.plan.isMarked ? underWay : `${underWay}; no data was replaced: \`restore --undo\` takes it back`
  goOn(run, words)
  const { failures } = await advanceTo(run, stopGoal(run.inventory, run.options), lock, seen.watch)
  // Of a stop that Ctrl-C cut short there is more to say than that.
  if (failures.some((failure) => failure instanceof Interrupted)) goOn(run, words)
  throwAll(failures)
  const stopped = await observe(run, fleet, noTrees)
  throwAll(restoreProblems(how.goal, stopped.ensemble))
  throwAll(swapProblems(how.plan, stopped.ensemble))
  goOn(run, words)
  await record(run, how, stopped)
  await lock.stillHeld()
  // What the members served last is higher than what stopped ones tell.
  await swapAll(how, seen.ensemble)
}

/** A new ensemble's founding is recorded before the first host has its stamp, as the hosts are now; it is done once a quorum serves. */
async function record(run: Run, { goal, plan, founding }: Restoring, { ensemble }: Seen<unknown>): Promise<void> {
  const known =
    ensemble.founding.is === 'present' ? ensemble.founding.value.state === 'done' : plan.founding !== undefined
  if (known) return
  const hosts = plan.hosts.map(({ host }) => host)
  await saveFounding(run.inventory.state, begunOn(goal, founding, hosts))
}
