import { resolve } from 'node:path'
import { convergeGoal, stopGoal, type Converge } from '../ensemble/desired.ts'
import { currentOf, memberOf, serverOf, type EnsembleFacts, type FoundingRecord } from '../ensemble/facts.ts'
import { heldOf } from '../ensemble/plan/held.ts'
import { named } from '../ensemble/plan/step.ts'
import {
  markAll,
  releaseAll,
  stage,
  stillRuns,
  swapAll,
  type BackupToSend,
  type Restoring,
} from '../ensemble/restore/apply.ts'
import { planRestore, restoreProblems, type RestorePlan } from '../ensemble/restore/plan.ts'
import { replayOn, sameEnd, type ReplayWith } from '../ensemble/backup/take.ts'
import { layOutAll } from '../hosts/apply.ts'
import { desiredHost } from '../hosts/desired.ts'
import type { HeldLock } from '../hosts/lock.ts'
import { shownChange, type HostChange } from '../hosts/plan.ts'
import { laterVersions } from '../hosts/preflight.ts'
import { openArchive } from '../local/archive.ts'
import { readBackup, type Backup } from '../local/backup-file.ts'
import { saveFounding } from '../local/founding.ts'
import { saveSecrets } from '../local/secrets.ts'
import type { PlanDocument } from '../model/documents.ts'
import { Failure, Failures, throwAll } from '../model/failure.ts'
import { heapBytes } from '../model/heap.ts'
import type { HostName } from '../model/names.ts'
import { replayWith } from './backup.ts'
import { confirm } from './confirm.ts'
import { samePlan } from './document.ts'
import { withFleet, type Fleet } from './fleet.ts'
import { goOn, unlessInterrupted } from './interrupted.ts'
import { locked, towards } from './lock.ts'
import { observe, type Seen } from './observe.ts'
import { planHosts, preflightRefusals, secretsLost } from './planned.ts'
import { prepare, prepareAnew, type Prepared } from './prepare.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'
import { statusNow, wantHealthy } from './status.ts'

export interface RestoreOptions {
  /** the backup */
  readonly file: string
}

const noTrees = { auth: [], read: () => Promise.resolve(undefined) }

/**
 * Brings the data of a backup to every member, of the same ensemble or of a new one. Until all is verified on every host nothing is stopped;
 * from the first stop to the last swap every host is marked, so that nobody starts anything; the next run goes on where one was killed.
 */
export const restore = async (run: Run<RestoreOptions>): Promise<Result> => {
  const backup = await readBackup(resolve(run.options.file), run.interrupted)
  const prepared = await prepare(run)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const planned = planOf(run, prepared, seen, backup)
    run.emit({ task: 'plan', is: 'plan', plan: planned.document })
    if (run.options.dryRun) return { is: 'plan', plan: planned.document, failures: planned.refusals, exit: 0 }
    throwAll(planned.refusals)
    await ask(run, planned, backup)
    return locked(run, fleet, seen.ensemble, (lock) =>
      underLock(run, fleet, lock, { prepared, backup, before: planned }),
    )
  })
}

interface Planned {
  readonly goal: Converge
  readonly plan: RestorePlan
  readonly hosts: ReadonlyMap<HostName, readonly HostChange[]>
  readonly backup: BackupToSend
  /** hosts whose server is to be stopped */
  readonly runs: readonly HostName[]
  readonly refusals: readonly Failure[]
  readonly document: PlanDocument
}

/** Pure. */
function planOf(run: Run<RestoreOptions>, prepared: Prepared, seen: Seen<unknown>, file: Backup): Planned {
  const goal = goalOf(run, prepared, seen.ensemble)
  const backup = toSend(file)
  const plan = planRestore(goal, seen.ensemble, backup)
  const refusals = [
    ...laterVersions(seen.hosts),
    ...partly(run),
    ...restoreProblems(goal, seen.ensemble),
    ...secretsLost(prepared, seen),
  ]
  const hosts = refusals.length > 0 ? new Map() : hostsOf(run, prepared, seen)
  const more = refusals.length > 0 ? [] : [...preflightRefusals(run, prepared, seen), ...room(run, seen, file)]
  const runs = seen.ensemble.members.filter(serverOf).map(({ host }) => host)
  const planned = { goal, plan, hosts, backup, runs, refusals: [...refusals, ...more] }
  return { ...planned, document: documentOf(run, planned, file) }
}

const toSend = ({ path, size, sha256, manifest }: Backup): BackupToSend => {
  const { zxid, epochs, files } = manifest
  return { restore: sha256.slice(0, 12), path, size, sha256, zxid, epochs, files }
}

/** A host that runs nothing yet gets what the inventory asks for; any other starts as it is. */
function goalOf(run: Run, prepared: Prepared, now: EnsembleFacts): Converge {
  const { inventory, options, id } = run
  const asked = { timeout: options.timeout, founding: id, mayStopService: true }
  return convergeGoal(inventory, asked, (host) => {
    const member = memberOf(now, host)
    return member !== undefined && currentOf(member) !== undefined
      ? {}
      : { conf: desiredHost(inventory, host, prepared).conf.release }
  })
}

/** What is laid: everything on a host that has no release yet, and only our scripts on any other, for they have to know the mark. */
function hostsOf(run: Run, prepared: Prepared, seen: Seen<unknown>): Planned['hosts'] {
  const all = planHosts(run, prepared, seen)
  return new Map(
    [...all].map(([host, changes]) => {
      const member = memberOf(seen.ensemble, host)
      const isBare = member === undefined || currentOf(member) === undefined
      return [host, changes.filter(({ kind }) => isBare || kind === 'write-bin' || kind === 'sweep')]
    }),
  )
}

const partly = ({ options }: Run): readonly Failure[] =>
  options.hosts === undefined
    ? []
    : [new Failure({ step: 'plan the restore', got: '--hosts was given', hint: 'a restore takes all hosts', exit: 3 })]

/** Upload, unpacked set, and the log of 64 MiB that ZooKeeper begins with. */
function room({ inventory }: Run, { hosts }: Seen<unknown>, { size, manifest }: Backup): readonly Failure[] {
  const need = size + manifest.files.reduce((sum, file) => sum + file.size, 0) + 128 * 2 ** 20
  return inventory.hosts.flatMap(({ name, role }) => {
    const fact = hosts.get(name)
    const free = fact?.is === 'present' ? fact.value.machine.filesystem.freeBytes : need
    if (role === 'absent' || free >= need) return []
    const MiB = (bytes: number) => Math.ceil(bytes / 2 ** 20)
    const got = `${MiB(free)} MiB are free, ${MiB(need)} MiB are needed`
    return [new Failure({ host: name, step: 'plan the restore', got, hint: 'free space there; the former data stays' })]
  })
}

function documentOf(
  run: Run,
  { plan, hosts, backup, runs }: Omit<Planned, 'document'>,
  { manifest }: Backup,
): PlanDocument {
  const what = `the backup ${backup.restore} of ${manifest.ensemble} (zxid 0x${manifest.zxid.replace(/^0+(?=.)/, '')}, ${manifest.at})`
  const laid = [...hosts.values()].flat().map(shownChange)
  const names = plan.hosts.map(({ host }) => host)
  const start = { kind: 'start', hosts: names, reason: 'every host has the same data' }
  if (plan.kind === 'finish')
    return document(run, laid, [{ kind: 'release', hosts: names, reason: `${what} is on every host already` }, start])
  const changes = plan.hosts.map(({ host, isSwapped, overwrites }) => ({
    kind: 'restore',
    host,
    path: 'data/version-2',
    summary: isSwapped ? `keep ${what}` : `${overwrites ? 'set the data aside for' : 'write'} ${what}`,
    reason: isSwapped ? 'an earlier try brought it there' : 'it is asked for',
  }))
  const reason = 'data is replaced only while nobody serves'
  const stop = runs.length > 0 ? [{ kind: 'stop', hosts: [...runs], reason }] : []
  return document(run, [...laid, ...changes], [...stop, { kind: 'restore', hosts: names, reason: what }, start])
}

const document = (
  { inventory }: Run,
  changes: PlanDocument['changes'],
  steps: PlanDocument['steps'],
): PlanDocument => ({ version: 1, ensemble: inventory.ensemble, changes, steps, restarts: [] })

/** Data that would be overwritten is asked about; an earlier try that only has to be finished was. */
async function ask(run: Run, { plan }: Planned, { manifest }: Backup): Promise<void> {
  const over = plan.hosts.filter(({ overwrites }) => overwrites).map(({ host }) => host)
  if (plan.kind === 'finish' || over.length === 0) return
  const { ensemble } = run.inventory
  const question =
    `This stops ${ensemble} and sets ALL ITS DATA on ${named(over)} aside for that of ${manifest.ensemble} at ${manifest.at}: ` +
    'what was written since is gone for clients.'
  await confirm(run, question, ensemble)
}

async function underLock(
  run: Run<RestoreOptions>,
  fleet: Fleet,
  lock: HeldLock,
  { prepared, backup, before }: { prepared: Prepared; backup: Backup; before: Planned },
): Promise<Result> {
  const now = await prepareAnew(run, prepared)
  const seen = await observe(run, fleet, noTrees)
  const planned = planOf(run, now, seen, backup)
  throwAll(planned.refusals)
  if (!samePlan(planned.document, before.document)) {
    run.emit({ task: 'plan', is: 'plan', plan: planned.document })
    await ask(run, planned, backup)
  }
  goOn(run)
  if (now.madeUp) await saveSecrets(run.inventory, now.secrets)
  const { concurrency } = run.options
  const laying = { token: run.id, open: openArchive, emit: run.emit, concurrency, interrupted: run.interrupted }
  await layOutAll(lock.of, planned.hosts, laying)
  const how = restoring(run, lock, planned)
  if (planned.plan.kind === 'restore') {
    await stage(how)
    await tryOut(run, now, seen, how)
    await replace(run, fleet, lock, seen, how)
  }
  goOn(run, underWay)
  await releaseAll(how)
  const { watch } = await observe(run, fleet, noTrees)
  const outcome = await towards(run, planned.goal, lock, watch)
  return wantHealthy(await statusNow(run, fleet, watch, now.auth, outcome))
}

const underWay = 'interrupted: the restore is not finished, and nothing is started until it is'

function restoring(run: Run, lock: HeldLock, { goal, backup, plan }: Planned): Restoring {
  const since = plan.former?.since ?? Math.floor(Date.now() / 1000)
  return {
    goal,
    backup,
    plan,
    held: { restore: backup.restore, phase: 'hold', since, who: run.operator.who },
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
  const at = { task: `restore/${host}`, host }
  emit({ ...at, is: 'begun', title: 'replays the backup' })
  const fact = seen.hosts.get(host)
  const laid = fact?.is === 'present' && fact.value.laid.is === 'present' ? fact.value.laid.value : undefined
  const by = laid?.current.is === 'present' ? replayWith(run, fact) : replayWithDesired(run, prepared, host)
  try {
    const from = `tmp/restore.${backup.restore}/version-2`
    sameEnd(host, await replayOn(await how.locked(host), from, backup.files, by), backup.zxid)
    emit({ ...at, is: 'ended', outcome: 'done', note: 'replayed' })
  } catch (thrown) {
    emit({ ...at, is: 'ended', outcome: 'failed' })
    throw thrown
  }
}

/** What is only just laid there. */
function replayWithDesired(run: Run, prepared: Prepared, host: HostName): ReplayWith {
  const { files } = desiredHost(run.inventory, host, prepared).conf
  const { java, zookeeper } = prepared
  const heap = heapBytes(run.inventory.zookeeper.heap)
  const jvm = files['jvm']?.text.reveal() ?? ''
  return { java: java.release, zookeeper: zookeeper.release, jvm, heap, timeout: run.options.timeout }
}

/** Marked, stopped and swapped on every host, which all have the backup beside what runs. */
async function replace(run: Run, fleet: Fleet, lock: HeldLock, seen: Seen<unknown>, how: Restoring): Promise<void> {
  goOn(run, 'interrupted: nothing but copies in tmp was written')
  await lock.stillHeld()
  await markAll(how)
  goOn(run, underWay)
  const { failures } = await towards(run, stopGoal(run.inventory, run.options), lock, seen.watch)
  if (failures.length > 0) throw new Failures(failures)
  const stopped = await observe(run, fleet, noTrees)
  throwAll(restoreProblems(how.goal, stopped.ensemble))
  const names = how.plan.hosts.map(({ host }) => host)
  const amiss = stopped.ensemble.members.filter((member) => names.includes(member.host))
  throwAll(amiss.filter((member) => serverOf(member) !== undefined).map(({ host }) => stillRuns(host)))
  throwAll(amiss.filter((member) => heldOf(member) === undefined).map(({ host }) => notMarked(host)))
  goOn(run, underWay)
  await record(run, how)
  await lock.stillHeld()
  // What the members served last is higher than what stopped ones tell.
  await swapAll(how, seen.ensemble)
}

const notMarked = (host: HostName): Failure =>
  new Failure({ host, step: 'restore', got: 'its mark is gone', hint: 'nothing was touched; run it again', exit: 5 })

/** A new ensemble's founding is recorded before the first host has its stamp; it is done once a quorum serves. */
async function record(run: Run, { goal, plan, founding }: Restoring): Promise<void> {
  if (plan.founding !== undefined) return
  const addresses = Object.fromEntries(goal.members.map(({ host, address }) => [host, address]))
  const hosts = plan.hosts.map(({ host }) => host)
  const begun: FoundingRecord = { id: founding, hosts, state: 'begun', addresses, home: goal.home }
  await saveFounding(run.inventory.state, begun)
}
