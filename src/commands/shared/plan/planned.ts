import { type Converge, convergeGoal, membersOf } from '../../../ensemble/desired.ts'
import { othersData } from '../../../ensemble/plan/data.ts'
import { foreseeAll, type Foreseen } from '../../../ensemble/plan/foresee.ts'
import { type Logout, stopsAtLogout } from '../../../ensemble/plan/logout.ts'
import { movesPeers } from '../../../ensemble/plan/membership-steps.ts'
import { toRestart } from '../../../ensemble/plan/roll.ts'
import { needsNewCertificates } from '../../../ensemble/plan/staged.ts'
import { sameStage, stageWords } from '../../../ensemble/plan/stages.ts'
import { foreignCa, uncertified, wayOf } from '../../../ensemble/plan/way.ts'
import { type ConfRelease, desiredHost } from '../../../hosts/desired.ts'
import { type HostChange, planHost } from '../../../hosts/plan.ts'
import { reasonOfConf } from '../../../hosts/plan/diff.ts'
import { laterVersions } from '../../../hosts/preflight.ts'
import type { PlanDocument } from '../../../model/documents.ts'
import type { Failure } from '../../../model/failure.ts'
import { type HostName, isWanted, type ReleaseName } from '../../../model/names.ts'
import { tlsOff } from '../../../model/tls-stage.ts'
import { laidOn } from '../../../remote/host-facts.ts'
import { isEmpty as isEmptyTree, type TreePlan } from '../../../tree/plan.ts'
import type { WouldShrink } from '../../../tree/plan/shrinking.ts'
import type { Seen } from '../look/observe.ts'
import type { Prepared } from '../prepare/prepare.ts'
import { isMeant, type Run } from '../run/run.ts'
import { mayShrink, type ShrinkOptions } from '../run/shrink.ts'
import { isUnmade, preflightRefusals, secretsLost, secretsOutdated } from './refusals.ts'

/** Everything that `up` is about to do, as far as it can be known before it begins. */
export interface Planned {
  /** what is to be laid on each host; empty for all while a host of the ensemble is out of reach, but where no other can serve without it */
  readonly hosts: ReadonlyMap<HostName, readonly HostChange[]>
  readonly goal: Converge
  readonly steps: readonly Foreseen[]
  /** what has to come true before the first step, such as a member that hangs to answer */
  readonly waits: string | undefined
  /** what goes down together as this run ends, where the service stops by it; left out: nothing does */
  readonly logout?: Logout
  /** undefined while nobody serves: known once it serves */
  readonly trees: readonly TreePlan[] | undefined
  /** identities whose passwords are made, where the ensemble itself has its own */
  readonly identities: readonly string[]
  /** the ensemble's own passwords are changed, or a change of them is finished; left out: no */
  readonly rotates?: 'asked' | 'begun' | 'lost'
  readonly restarts: PlanDocument['restarts']
  /** what stands in the way: nothing is done */
  readonly refusals: readonly Failure[]
  /** why trees are not written that would lose too much, unless the user says that it is meant */
  readonly shrinks: readonly WouldShrink[]
  /** what the steps end in, where that is not the goal */
  readonly ends: readonly Failure[]
}

type Asked = Pick<Run<ShrinkOptions>, 'id' | 'inventory' | 'options'>

/** Pure: what differs between the inventory and what was seen, and the steps from the one to the other. */
export function planUp(run: Asked, prepared: Prepared, seen: Seen<readonly TreePlan[]>): Planned {
  const later = laterVersions(seen.hosts)
  if (later.length > 0) return { ...nothing, goal: goalOf(run, prepared, seen), ends: later }
  const lost = [...secretsLost(prepared, seen), ...secretsOutdated(prepared, seen)]
  const goal = goalOf(run, prepared, seen)
  // What is another's comes first: no passwords would open it.
  if (lost.length > 0) return { ...nothing, goal, ends: [...othersData(goal, seen.ensemble, true), ...lost] }
  const { steps, end, waits } = foreseeAll(goal, seen.ensemble)
  const hosts = planHosts(run, prepared, seen, steps)
  const restarts = toRestart(goal, seen.ensemble).map(({ want, reason }) => ({ host: want.host, reason }))
  const ends = end.is === 'refuse' ? end.why : []
  // Where the ensemble refuses to begin, nothing is laid on its hosts and nothing written to its trees.
  if (ends.length > 0 && steps.length === 0) return { ...nothing, goal, ends }
  const logout = stopsAtLogout(goal, steps, seen)
  const identities = isUnmade(prepared) ? [] : prepared.madeUp
  // What can't be understood of a tree refuses that alone: members are brought up all the same, and others written.
  const { trees, unread } = seen
  const told = { trees: trees ?? (unread.length > 0 ? [] : undefined), ends: [...ends, ...unread] }
  const common = { hosts, goal, steps, waits, identities, restarts, refusals: [], shrinks: [], ...told }
  const rotates = rotationOf(prepared)
  const planned = { ...common, ...(logout && { logout }), ...(rotates && { rotates }) }
  if (isEmpty(planned)) return planned
  const refusals = [
    ...foreignCa(run.inventory.hosts, prepared.tls, seen.ensemble),
    ...uncertified(run.inventory, prepared.tls, seen.ensemble),
    ...preflightRefusals(run, prepared, seen),
  ]
  return { ...planned, refusals, shrinks: shrinking(run, seen) }
}

/** Trees that would lose more than half of their znodes. */
const shrinking = (run: Asked, { trees }: Seen<readonly TreePlan[]>): readonly WouldShrink[] =>
  mayShrink(run) ? [] : (trees ?? []).flatMap(({ refusal }) => (refusal === null ? [] : [refusal]))

const nothing = {
  hosts: new Map(),
  steps: [],
  waits: undefined,
  trees: [],
  identities: [],
  restarts: [],
  refusals: [],
  shrinks: [],
}

/** Nothing to do, and nothing unknown that could become something. */
export const isEmpty = ({
  hosts,
  steps,
  waits,
  trees,
  identities,
  rotates,
}: Pick<Planned, 'hosts' | 'steps' | 'waits' | 'trees' | 'identities' | 'rotates'>): boolean =>
  [...hosts.values()].every((changes) => changes.length === 0) &&
  steps.length === 0 &&
  waits === undefined &&
  identities.length === 0 &&
  rotates === undefined &&
  trees !== undefined &&
  trees.every(isEmptyTree)

/** Whatever of it would not be done, and why. */
export const notDone = ({ refusals, shrinks, ends }: Planned): readonly Failure[] => [...refusals, ...shrinks, ...ends]

/** Why nothing of it would be done, unless the user says that trees are to shrink. */
export const refusedBy = (planned: Planned): readonly Failure[] => [...whyNothing(planned), ...planned.shrinks]

/** What keeps a run from everything, also from saving what it made up: what forbids it, and what leaves it nothing to do. */
export const whyNothing = (planned: Planned): readonly Failure[] => [
  ...planned.refusals,
  ...(isEmpty(planned) ? planned.ends : []),
]

function rotationOf({ secrets, known }: Prepared): Planned['rotates'] {
  if (secrets.former === undefined) return undefined
  if (secrets.former.dman === undefined) return 'lost'
  return known.former === undefined ? 'asked' : 'begun'
}

/**
 * What is to be laid on each host that is to be changed; empty for all where one of them was not observed, unless the others can't come to
 * serve without it.
 */
export function planHosts(
  { inventory, options }: Asked,
  prepared: Prepared,
  seen: Seen<unknown>,
  steps: readonly Foreseen[],
): Planned['hosts'] {
  const wanted = inventory.hosts.filter(isWanted)
  const isAmiss = wanted.some(({ name }) => seen.hosts.get(name)?.is !== 'present')
  if (isAmiss && !needsNewCertificates({ members: membersOf(inventory.hosts) }, seen.ensemble)) return new Map()
  const way = wayOf(inventory, prepared.tls, seen.ensemble)
  return new Map(
    wanted
      .filter(({ name }) => isMeant(options, name))
      .flatMap(({ name }) => {
        const fact = seen.hosts.get(name)
        if (fact?.is !== 'present') return []
        return [[name, planHost(desiredHost(inventory, name, prepared, way), fact.value, notesOn(name, steps))]]
      }),
  )
}

/** Conf releases that these steps note to have served there. */
const notesOn = (host: HostName, steps: readonly Foreseen[]): readonly ReleaseName[] =>
  steps.flatMap(({ step }) =>
    step.kind === 'record' ? step.served.filter((each) => each.host === host).map(({ conf }) => conf) : [],
  )

function goalOf({ id, inventory, options }: Asked, prepared: Prepared, seen: Seen<readonly TreePlan[]>): Converge {
  const { former } = prepared.secrets
  const superIsNew = former !== undefined && former.super === undefined
  const asked = { ...options, founding: id, mayStopService: true, mayLeaveUnseen: 'anyone' as const, superIsNew }
  const way = wayOf(inventory, prepared.tls, seen.ensemble)
  return convergeGoal(inventory, asked, (host) => {
    if (!inventory.hosts.some((each) => each.name === host && isWanted(each))) return {}
    const { conf, way: confs } = desiredHost(inventory, host, prepared, way)
    const staged = confs.map(({ release, stage }, at) => ({
      conf: release,
      stage,
      ...whyStaged(seen, host, confs, at),
    }))
    return { conf: conf.release, way: staged, ...whyOf(seen, host, conf) }
  })
}

/** Why a member is to run this one of its conf releases. */
function whyStaged(seen: Seen<unknown>, host: HostName, confs: readonly ConfRelease[], at: number): { why?: string } {
  const conf = confs[at]
  if (conf === undefined) return {}
  const laid = laidOn(seen.hosts.get(host))
  const runs = laid?.current.is === 'present' ? (laid.stages?.[laid.current.value] ?? tlsOff) : conf.stage
  const before = confs[at - 1]?.stage ?? runs
  return sameStage(before, conf.stage) ? whyOf(seen, host, conf) : { why: stageWords(conf.stage, before) }
}

function whyOf(seen: Seen<unknown>, host: HostName, conf: ConfRelease): { why?: string } {
  const laid = laidOn(seen.hosts.get(host))
  const runsCurrent =
    laid?.server.is === 'present' && laid.current.is === 'present' && laid.server.value.conf === laid.current.value
  return laid === undefined || !runsCurrent ? {} : { why: reasonOfConf(conf, laid.conf) }
}

/** Members are to be found elsewhere by the others, who then have to reach them there (refuseBlocked). */
export const peersMove = ({ steps }: Planned, { ensemble }: Seen<unknown>): boolean =>
  movesPeers(
    steps.map(({ step }) => step),
    ensemble,
  )
