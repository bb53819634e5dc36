import { convergeGoal, membersOf, type Converge } from '../ensemble/desired.ts'
import { stampOf } from '../ensemble/facts.ts'
import { othersData } from '../ensemble/plan/data.ts'
import { foreseeAll, type Foreseen } from '../ensemble/plan/foresee.ts'
import { stopsAtLogout, type Logout } from '../ensemble/plan/logout.ts'
import { toRestart } from '../ensemble/plan/roll.ts'
import { needsNewCertificates } from '../ensemble/plan/staged.ts'
import { sameStage, stageWords } from '../ensemble/plan/stages.ts'
import { foreignCa, uncertified, wayOf } from '../ensemble/plan/way.ts'
import { desiredHost, superDigestOf, type ConfRelease } from '../hosts/desired.ts'
import { reasonOfConf } from '../hosts/diff.ts'
import { planHost, shownChange, type HostChange } from '../hosts/plan.ts'
import { laterVersions, preflight, refusals } from '../hosts/preflight.ts'
import type { InventoryHost } from '../inventory/inventory.ts'
import type { PlanDocument } from '../model/documents.ts'
import { absent, present } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { foundingNames, Secret } from '../model/secret.ts'
import { tlsOff } from '../model/tls-stage.ts'
import { aheadOf, laidOn, type LaidFacts } from '../remote/host-facts.ts'
import { isEmpty as isEmptyTree, type TreePlan } from '../tree/plan.ts'
import { parseProperties } from '../zookeeper/properties.ts'
import { framed, shownSteps, treeChanges } from './document.ts'
import type { Seen } from './observe.ts'
import type { Prepared } from './prepare.ts'
import type { Run } from './run.ts'

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
  /** what the steps end in, where that is not the goal */
  readonly ends: readonly Failure[]
}

type Asked = Pick<Run<{ readonly allowShrink?: boolean }>, 'id' | 'inventory' | 'options'>

/** Pure: what differs between the inventory and what was seen, and the steps from the one to the other. */
export function planUp(run: Asked, prepared: Prepared, seen: Seen<readonly TreePlan[]>): Planned {
  const later = laterVersions(seen.hosts)
  if (later.length > 0) return { ...nothing, goal: goalOf(run, prepared, seen), ends: later }
  const lost = [...secretsLost(prepared, seen), ...secretsOutdated(prepared, seen)]
  const goal = goalOf(run, prepared, seen)
  // What is another's comes first: no passwords would open it.
  if (lost.length > 0) return { ...nothing, goal, ends: [...othersData(goal, seen.ensemble, true), ...lost] }
  const hosts = planHosts(run, prepared, seen)
  const { steps, end, waits } = foreseeAll(goal, seen.ensemble)
  const restarts = toRestart(goal, seen.ensemble).map(({ want, reason }) => ({ host: want.host, reason }))
  const ends = end.is === 'refuse' ? end.why : []
  // Where the ensemble refuses to begin, nothing is laid on its hosts and nothing written to its trees.
  if (ends.length > 0 && steps.length === 0) return { ...nothing, goal, ends }
  const logout = stopsAtLogout(goal, steps, seen)
  const identities = isUnmade(prepared) ? [] : prepared.madeUp
  // What can't be understood of the trees refuses these alone: members are brought up all the same.
  const { trees, unread } = seen
  const told = { trees: unread.length > 0 ? [] : trees, ends: [...ends, ...unread] }
  const common = { hosts, goal, steps, waits, identities, restarts, refusals: [], ...told }
  const rotates = rotationOf(prepared)
  const planned = { ...common, ...(logout && { logout }), ...(rotates && { rotates }) }
  if (isEmpty(planned)) return planned
  const refusals = [
    ...foreignCa(run.inventory.hosts, prepared.tls, seen.ensemble),
    ...uncertified(run.inventory, prepared.tls, seen.ensemble),
    ...preflightRefusals(run, prepared, seen),
    ...shrinking(run, seen),
  ]
  return { ...planned, refusals }
}

/** Trees that would lose more than half of their znodes. */
const shrinking = ({ options }: Asked, { trees }: Seen<readonly TreePlan[]>): readonly Failure[] =>
  options.allowShrink === true ? [] : (trees ?? []).flatMap(({ refusal }) => (refusal === null ? [] : [refusal]))

const nothing = {
  hosts: new Map(),
  steps: [],
  waits: undefined,
  trees: [],
  identities: [],
  restarts: [],
  refusals: [],
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

const isWanted = ({ role }: InventoryHost): boolean => role !== 'absent'

/**
 * What is to be laid on each host that is to be changed; empty for all where one of them was not observed, unless the others can't come to
 * serve without it.
 */
export function planHosts({ inventory, options }: Asked, prepared: Prepared, seen: Seen<unknown>): Planned['hosts'] {
  const wanted = inventory.hosts.filter(isWanted)
  const isAmiss = wanted.some(({ name }) => seen.hosts.get(name)?.is !== 'present')
  if (isAmiss && !needsNewCertificates({ members: membersOf(inventory.hosts) }, seen.ensemble)) return new Map()
  const way = wayOf(inventory, prepared.tls, seen.ensemble)
  return new Map(
    wanted
      .filter(({ name }) => options.hosts?.includes(name) ?? true)
      .flatMap(({ name }) => {
        const fact = seen.hosts.get(name)
        return fact?.is === 'present' ? [[name, planHost(desiredHost(inventory, name, prepared, way), fact.value)]] : []
      }),
  )
}

function goalOf({ id, inventory, options }: Asked, prepared: Prepared, seen: Seen<readonly TreePlan[]>): Converge {
  const { former } = prepared.secrets
  const superIsNew = former !== undefined && former.super === undefined
  const asked = { ...options, founding: id, mayStopService: true, mayLeaveUnseen: 'anyone' as const, superIsNew }
  const way = wayOf(inventory, prepared.tls, seen.ensemble)
  return convergeGoal(inventory, asked, (host) => {
    if (!inventory.hosts.some(({ name, role }) => name === host && role !== 'absent')) return {}
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

/** The passwords of the ensemble itself are not there: never made, or the file is lost. */
const isUnmade = ({ madeUp }: Pick<Prepared, 'madeUp'>): boolean => foundingNames.some((name) => madeUp.includes(name))

/** No secrets where a host carries our stamp: new ones would lock this run, and everyone else, out (docs/design.md). */
export function secretsLost(prepared: Prepared, { ensemble }: Seen<unknown>): readonly Failure[] {
  const stamped = ensemble.members.find(stampOf)
  if (!isUnmade(prepared) || stamped === undefined) return []
  return [
    new Failure({
      host: stamped.host,
      step: 'read secrets.json',
      got: 'there is none here, and the host carries the stamp of an ensemble that was founded with one',
      hint: 'bring back the .dman folder that stood beside the inventory, or run `secrets recover`, which makes new ones; `status` and `check` work without it',
      exit: 5,
    }),
  ]
}

/**
 * A copy of secrets.json from before its passwords were changed: every member of a founded ensemble knows another super user. To lay the
 * former one again would undo the change, and the copy's dman may write no tree.
 */
function secretsOutdated({ known }: Prepared, { hosts }: Seen<unknown>): readonly Failure[] {
  const password = known.passwords.super
  if (known.former !== undefined || password === undefined) return []
  const ours = superDigestOf(password)
  const laid = [...hosts].flatMap(([host, fact]) => {
    const digest = superDigestOn(laidOn(fact))
    return digest === undefined ? [] : [{ host, digest }]
  })
  const [first] = laid
  if (first === undefined || laid.some(({ digest }) => digest.equals(ours))) return []
  return [
    new Failure({
      host: first.host,
      step: 'read secrets.json',
      got: 'its password of super is another than the members have: it is a copy from before `secrets rotate` or `secrets recover`',
      hint: 'bring the secrets.json of who ran that; where nobody has it, move this one away and run `secrets recover`',
      exit: 5,
    }),
  ]
}

/** The super user that a member with data of an ensemble is started with. */
function superDigestOn(laid: LaidFacts | undefined): Secret | undefined {
  if (laid?.data.is !== 'held' || laid.data.stamp.is !== 'present') return undefined
  const settings = parseProperties(laid.conf.files['zoo.cfg'] ?? '')
  const digest = settings.is === 'present' ? settings.value.get('DigestAuthenticationProvider.superDigest') : undefined
  return digest === undefined ? undefined : new Secret(digest)
}

/** What preflight refuses, hosts out of reach apart. */
export function preflightRefusals({ inventory }: Asked, prepared: Prepared, seen: Seen<unknown>): readonly Failure[] {
  const { founding, java, zookeeper } = prepared
  const id = founding.is === 'present' ? present(founding.value.id) : absent
  const findings = preflight({ inventory, archives: [java, zookeeper], founding: id }, seen.hosts)
  // A host out of reach is the ensemble's to judge: what does not serve on the others is started all the same.
  return [
    ...refusals(findings.filter(({ question }) => question !== 'login')),
    ...clocksToCertify(inventory.hosts, prepared, seen),
  ]
}

/** s: certificates are good from a day before they were made, for clocks that go slow; half of that is left to them to drift. */
const certifiable = 43_200

/** Certificates are made by this machine's clock and judged by the host's: one that goes behind would find them not good yet. */
function clocksToCertify(
  hosts: Asked['inventory']['hosts'],
  { isCertified }: Prepared,
  seen: Seen<unknown>,
): readonly Failure[] {
  if (isCertified !== true) return []
  return hosts.filter(isWanted).flatMap(({ name }) => {
    const fact = seen.hosts.get(name)
    const ahead = fact?.is === 'present' ? aheadOf(fact.value.machine) : 0
    if (ahead >= -certifiable) return []
    const got = `its clock is ${Math.round(-ahead / 3600)} h behind that of this machine, by which certificates are made`
    const hint = 'nothing was changed: have the one set that is wrong, such as by chronyd or ntpd; then run it again'
    return [new Failure({ host: name, step: 'make certificates', got, hint, exit: 5 })]
  })
}

/** As `plan --json` prints it. */
export function planDocument({ inventory }: Pick<Run, 'inventory'>, planned: Planned): PlanDocument {
  const { hosts, trees, identities, rotates, restarts } = planned
  const passwords = identities.map((name) => ({
    kind: 'make-password',
    summary: `make the password of ${name}`,
    reason: 'an ACL of a tree names it for the first time',
  }))
  const rotation = {
    kind: 'rotate-passwords',
    summary: 'change the passwords of super and dman',
    reason: { asked: 'asked for', begun: 'it was begun and not finished', lost: 'the former ones are lost' }[
      rotates ?? 'asked'
    ],
  }
  const unknown = inventory.trees.map(({ name, path }) => ({
    kind: 'seed',
    path,
    summary: `seed tree ${name}`,
    reason: rotates === undefined ? 'known once it serves' : 'known once all have the new passwords',
  }))
  return framed(inventory.ensemble, {
    changes: [
      ...[...hosts.values()].flat().map(shownChange),
      ...passwords,
      ...(rotates === undefined ? [] : [rotation]),
      ...(trees === undefined ? unknown : treeChanges(trees)),
    ],
    steps: shownSteps(planned.steps, planned.waits, planned.logout),
    restarts,
  })
}
