import { stopGoal } from '../ensemble/desired.ts'
import { type EnsembleFacts, serverOf, stampOf } from '../ensemble/facts.ts'
import { othersData } from '../ensemble/plan/data.ts'
import { foreseeAll } from '../ensemble/plan/foresee.ts'
import { recordProblems, vanishedMembers } from '../ensemble/plan/membership-problems.ts'
import type { HeldLock } from '../hosts/lock.ts'
import { laterVersions } from '../hosts/preflight.ts'
import { endFounding, type FoundingRecord, readFounding } from '../local/founding.ts'
import type { PlanDocument } from '../model/documents.ts'
import { during } from '../model/during.ts'
import { Failure, Failures, onHost, throwAll, Unreachable } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { makeOneByOne } from '../model/one-by-one.ts'
import { outcomesOf } from '../model/together.ts'
import { crontab } from '../remote/crontab.ts'
import { laidOn } from '../remote/host-facts.ts'
import type { MemberOwner } from '../remote/member.ts'
import { remove } from '../remote/remove.ts'
import { advanceTo } from './shared/apply/advance.ts'
import { underLock } from './shared/apply/lock.ts'
import { type Fleet, withFleet } from './shared/look/fleet.ts'
import { noTrees, observe, type Seen } from './shared/look/observe.ts'
import { framed, shownSteps, withProblems } from './shared/plan/document.ts'
import { showPlan } from './shared/plan/show-plan.ts'
import { goOn, unlessInterrupted } from './shared/run/interrupted.ts'
import { confirm } from './shared/run/questions.ts'
import type { Result } from './shared/run/result.ts'
import { isMeant, type Run } from './shared/run/run.ts'

export interface DestroyOptions {
  readonly data: boolean
}

/** Stops all members and removes what is ours; data only with --data, and then the founding's record ends too. */
export const destroy = async (run: Run<DestroyOptions>): Promise<Result> => {
  // A record that cannot be ended is known before the data that it tells of is gone.
  const founding = await readFounding(run.inventory.state)
  if (run.options.data && founding.is === 'unknown') throw founding.why
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const planned = planDestroy(run, seen)
    showPlan(run, planned.document)
    if (run.options.dryRun)
      return { is: 'plan', plan: withProblems(planned.document, planned), failures: planned.refusals, exit: 0 }
    throwAll(planned.refusals)
    const removed = planned.held.length === 0 ? none : await destroyHeld(run, fleet, planned, seen.ensemble)
    return conclude(run, planned, removed, seen.ensemble)
  })
}

type Asked = Pick<Run<DestroyOptions>, 'inventory' | 'options'>
interface Planned {
  /** hosts that hold something of ours, and those of which that is not known */
  readonly held: readonly HostName[]
  readonly unknown: readonly Failure[]
  /** whose data they hold, as seen: compared again where it is removed */
  readonly stamps: ReadonlyMap<HostName, MemberOwner>
  /** the boot of the machine that each is on: homes of one user there share a crontab */
  readonly boots: ReadonlyMap<HostName, string>
  readonly refusals: readonly Failure[]
  readonly document: PlanDocument
}

/** What is another ensemble's is neither stopped nor removed (case 18), nor what a later version wrote (case 42). */
function planDestroy({ inventory, options }: Asked, { hosts, ensemble }: Seen<unknown>): Planned {
  const goal = stopGoal(inventory, options)
  const meant = inventory.hosts.map(({ name }) => name).filter((name) => isMeant(options, name))
  const unknown = meant.flatMap((host) => {
    const fact = hosts.get(host)
    if (fact?.is === 'present') return fact.value.laid.is === 'unknown' ? [fact.value.laid.why.of(host)] : []
    return [fact?.is === 'unknown' ? fact.why.of(host) : notSeen(host)]
  })
  const held = meant.filter((host) => laidOn(hosts.get(host)) !== undefined)
  const what = options.data ? 'and its data' : 'but its data'
  const summary = `remove ~/${inventory.home} ${what}`
  const { steps, waits } = foreseeAll(goal, ensemble)
  return {
    held,
    unknown,
    stamps: new Map(
      ensemble.members.flatMap((member) => {
        const stamp = stampOf(member)
        return stamp === undefined ? [] : [[member.host, stamp] as const]
      }),
    ),
    boots: new Map(
      [...hosts].flatMap(([host, fact]) => (fact.is === 'present' ? [[host, fact.value.machine.boot]] : [])),
    ),
    refusals: [
      ...laterVersions(hosts),
      ...vanishedMembers(goal, ensemble),
      ...othersData(goal, ensemble, options.data),
      ...(options.data ? recordProblems(goal, ensemble) : []),
    ],
    document: framed(inventory.ensemble, {
      changes: held.map((host) => ({ kind: 'remove', host, path: '.', summary, reason: 'destroy' })),
      steps: shownSteps(steps, waits),
    }),
  }
}

interface Removed {
  readonly hosts: readonly HostName[]
  readonly failures: readonly Failure[]
}
const none: Removed = { hosts: [], failures: [] }

async function destroyHeld(
  run: Run<DestroyOptions>,
  fleet: Fleet,
  before: Planned,
  now: EnsembleFacts,
): Promise<Removed> {
  const { home, ensemble } = run.inventory
  const what = run.options.data ? `~/${home} WITH ALL DATA` : `~/${home}, data kept,`
  await confirm(run, `This removes ${what} on ${before.held.join(', ')}.`, ensemble)
  return underLock(run, fleet, now, async (lock) => {
    const seen = await observe(run, fleet, noTrees)
    const planned = planDestroy(run, seen)
    throwAll(planned.refusals)
    showPlan(run, planned.document, before.document)
    const { facts, failures } = await advanceTo(run, stopGoal(run.inventory, run.options), lock, seen.watch)
    const stillRun = facts.members.filter((member) => planned.held.includes(member.host) && serverOf(member))
    goOn(run, 'interrupted: members were stopped, and nothing was removed')
    if (stillRun.length > 0) throw new Failures([...failures, ...stillRun.map(runs)])
    return removeAll(run, lock, planned)
  })
}

/** Side by side; the hosts that have confirmed it. */
export async function removeAll(
  run: Pick<Run, 'emit'> & { readonly options: DestroyOptions },
  lock: Pick<HeldLock, 'of'>,
  { held, stamps, boots }: Pick<Planned, 'held' | 'stamps' | 'boots'>,
): Promise<Removed> {
  const oneByOne = makeOneByOne()
  const { done, failed } = await outcomesOf(
    held.map(async (name) => {
      const work = async () => {
        const host = await lock.of(name)
        // Ours in the crontab first: they would begin what is just being removed. What cannot be read was never written.
        const owner = ownerOf(stamps.get(name))
        await oneByOne(boots.get(name) ?? name, () => host.change(crontab, { lines: '', ...owner }))
        return host.change(remove, { data: run.options.data, ...owner })
      }
      const note = (left: readonly string[]) => (left.length === 0 ? 'nothing is left' : `left: ${left.join(', ')}`)
      const at = { task: `hosts/${name}`, host: name }
      await onHost(name, () => during(run.emit, at, 'is removed', work, (left) => ({ note: note(left) })), 'remove')
      return name
    }),
  )
  return { hosts: done, failures: failed }
}

const ownerOf = (owner: MemberOwner | undefined) => (owner === undefined ? {} : { owner })

/** The founding's record ends only once its data is known to be gone, or when a person gives it up. */
async function conclude(
  run: Run<DestroyOptions>,
  planned: Planned,
  removed: Removed,
  now: EnsembleFacts,
): Promise<Result> {
  const { inventory, options } = run
  const told = [...planned.unknown, ...removed.failures]
  const silent = planned.held.filter(
    (host) => !removed.hosts.includes(host) && !told.some((failure) => failure.host === host),
  )
  const failures = [...told, ...silent.map(notSeen)]
  const { founding } = now
  if (options.data && failures.length === 0 && options.hosts === undefined && founding.is === 'present') {
    const names = inventory.hosts.map(({ name }) => name)
    if (!isGone(founding.value, names, planned, removed)) await giveUp(run, founding.value, removed)
    await endFounding(inventory.state)
  }
  const what = options.data ? 'removed, data too' : 'removed, data kept'
  const lines = removed.hosts.map((host) => `${host}: ${what}`)
  return {
    is: 'said',
    lines: lines.length > 0 || failures.length > 0 ? lines : ['nothing of ours is there'],
    failures,
    exit: 0,
  }
}

/**
 * Whether this run saw all data of the recorded founding go: all its hosts confirmed it; or some did and the others were seen to hold nothing,
 * where the record names exactly the hosts of the inventory. Only for a run that reached every host and failed on none.
 */
export function isGone(
  { id, hosts }: FoundingRecord,
  inventory: readonly HostName[],
  { stamps }: Pick<Planned, 'stamps'>,
  removed: Pick<Removed, 'hosts'>,
): boolean {
  const confirmed = hosts.filter((host) => removed.hosts.includes(host) && stamps.get(host)?.founding === id)
  const isSame = hosts.length === inventory.length && hosts.every((host) => inventory.includes(host))
  return confirmed.length === hosts.length || (confirmed.length > 0 && isSame)
}

/** Where the data went is not known, so a person has to say that it is not needed. */
async function giveUp(run: Run<DestroyOptions>, { id, hosts }: FoundingRecord, removed: Removed): Promise<void> {
  const { ensemble } = run.inventory
  const gone = removed.hosts.length === 0 ? 'nothing was removed, and the record stays' : 'the record stays'
  const question = `This ends the record of the founding of ${ensemble} (${id}), though its data was not seen to go on all of ${hosts.join(', ')}.`
  await confirm(run, question, ensemble, gone)
}

const runs = ({ host }: { host: HostName }): Failure =>
  new Failure({
    host,
    step: 'destroy',
    got: 'its server still runs, so nothing was removed anywhere',
    hint: 'run destroy again; see `status`',
  })

const notSeen = (host: HostName): Failure =>
  new Unreachable({
    host,
    step: 'destroy',
    got: 'it was not reached, so nothing was removed there',
    hint: 'run destroy again once it is back',
  })
