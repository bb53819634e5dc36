import type { Inventory } from '../../inventory/inventory.ts'
import { canonicalAddress } from '../../model/address.ts'
import { Failure } from '../../model/failure.ts'
import { type HostName, isWanted, type ReleaseName } from '../../model/names.ts'
import { tlsOff, type TlsRelease } from '../../model/tls-stage.ts'
import { type Converge, type DesiredMember, type Goal, membersOf, roleOf, type Serve } from '../desired.ts'
import {
  type EnsembleFacts,
  lineOf,
  type MemberFacts,
  runsConf,
  servedOf,
  serverOf,
  servingOf,
  someoneServes,
} from '../facts.ts'
import { unreachable } from './expected.ts'
import { compatible, encrypts, sameStage } from './stages.ts'
import { named, type Next, refuse, stopOf } from './step.ts'
import { superIsUnknown } from './super-user.ts'
import { timesDone, type Trail } from './trail.ts'

type Members = Pick<Converge, 'members' | 'superIsNew'>

/** What a member runs, or is started with where nothing of ours runs. */
type Running = { readonly member: MemberFacts; readonly stage: TlsRelease | undefined; readonly serves: boolean }

/**
 * The goal with the conf release that each member is to run next on its way (`way`): the farthest stage whose members talk to all that
 * belong, whatever of the way those run. So a stage begins once every member was seen running the one before. Pure; applied to its own
 * result it changes nothing.
 */
export function staged<G extends Goal>(goal: G, now: EnsembleFacts): G {
  const way = goal.members.find(({ way }) => way !== undefined)?.way
  if (goal.kind !== 'converge' || way === undefined) return goal
  const runs = runningOf(goal, now)
  const at = placeOn(way, runs, now)
  return { ...goal, members: goal.members.map((member) => atPlace(member, at, stranded(member, runs, now))) }
}

function atPlace(member: DesiredMember, at: number | undefined, isStranded: boolean): DesiredMember {
  const { host, id, address, role, way } = member
  if (way === undefined) return member
  const next = at === undefined ? undefined : way[at]
  return {
    ...{ host, id, address, role, way },
    ...(next === undefined ? {} : { conf: next.conf, ...(next.why === undefined ? {} : { why: next.why }) }),
    ...(isStranded ? { isStranded } : {}),
  }
}

/** Where on the way members are to be next; undefined: everyone stays as it is, for of somebody who belongs it is not known what it runs. */
function placeOn(
  way: NonNullable<DesiredMember['way']>,
  runs: readonly Running[],
  now: EnsembleFacts,
): number | undefined {
  const serving = runs.filter(({ serves }) => serves)
  // Nobody is lost where nobody serves, and one that cannot come back by what it has needs all others to be changed at once.
  if (areDownExpired(runs, now)) return way.length - 1
  const lastThat = (fits: (stage: TlsRelease) => boolean) => {
    const found = way.findLastIndex(({ stage }) => fits(stage))
    return found < 0 ? undefined : found
  }
  const known = (those: readonly Running[]) => those.flatMap(({ stage }) => stage ?? [])
  const takesIn = (those: readonly Running[]) => (stage: TlsRelease) =>
    known(those).every((each) => compatible(stage, each))
  if (runs.some(({ stage }) => stage === undefined))
    return lastThat((stage) => takesIn(runs)(stage) && known(runs).some((each) => sameStage(each, stage)))
  return lastThat(takesIn(runs)) ?? lastThat(takesIn(serving)) ?? way.length - 1
}

/**
 * Of all that belong, or are to where nobody tells; what holds nothing runs nothing. A leaver out of reach is waited for, unless it can only be
 * removed once the others were restarted.
 */
const runningOf = (goal: Members, now: EnsembleFacts): readonly Running[] =>
  now.members
    .filter((member) => belongs(goal, member, now))
    .flatMap((member): Running[] => {
      if (member.laid.is === 'unknown')
        return superIsUnknown(goal, now) && roleOf(goal, member.host) === 'absent'
          ? []
          : [{ member, stage: undefined, serves: false }]
      const conf = runsConf(member)
      if (conf === undefined) return []
      return [{ member, stage: stageOf(goal, member, conf), serves: servingOf(member) !== undefined }]
    })

const belongs = (goal: Members, member: MemberFacts, now: EnsembleFacts): boolean =>
  now.config.is === 'present'
    ? lineOf(member, now) !== undefined
    : goal.members.some((each) => each.host === member.host && isWanted(each))

/** Undefined where its file cannot be understood. */
function stageOf(goal: Members, member: MemberFacts, conf: ReleaseName): TlsRelease | undefined {
  const wanted = goal.members.find(({ host }) => host === member.host)?.way?.find((each) => each.conf === conf)
  if (wanted !== undefined) return wanted.stage
  const known = member.laid.is === 'present' ? member.laid.value.stages?.[conf] : undefined
  return known === null ? undefined : (known ?? tlsOff)
}

const areDownExpired = (runs: readonly Running[], now: EnsembleFacts): boolean =>
  !runs.some(({ serves }) => serves) && runs.some(({ stage }) => hasExpired(stage, now))

/** Nobody serves, and certificates have expired: as they are members cannot come back, so all that can be reached get new ones together. */
export const needsNewCertificates = (goal: Members, now: EnsembleFacts): boolean =>
  areDownExpired(runningOf(goal, now), now)

/** Those that belong and whose certificates between members have expired. */
export const expiredHosts = (goal: Members, now: EnsembleFacts): readonly HostName[] =>
  runningOf(goal, now)
    .filter(({ stage }) => hasExpired(stage, now))
    .map(({ member }) => member.host)

export const hasExpired = (stage: TlsRelease | undefined, { at }: EnsembleFacts): boolean =>
  stage !== undefined && encrypts(stage.mode) && stage.expires <= at

/** It does not serve, and as it is it cannot: nobody takes its certificate, or it does not talk as those do that serve. */
function stranded({ host, id }: DesiredMember, runs: readonly Running[], now: EnsembleFacts): boolean {
  const own = runs.find(({ member }) => member.host === host)
  if (own?.stage === undefined || own.serves) return false
  const { stage } = own
  if (hasExpired(stage, now)) return true
  const others = runs.filter(({ serves }) => serves).flatMap((each) => each.stage ?? [])
  if (others.some((other) => !compatible(stage, other))) return true
  const places = lineOf({ id }, now)?.addresses ?? []
  const names = stage.names.map(canonicalAddress)
  return encrypts(stage.mode) && !places.every(({ address }) => names.includes(canonicalAddress(address)))
}

/**
 * The stages of all that belong, as far as they are known, and of those of them that serve: from where a way to another is looked for. What
 * does not run may be started with what it served with last (bring-up.ts), so it counts with both.
 */
export const stagesNow = (
  hosts: Inventory['hosts'],
  now: EnsembleFacts,
): { all: readonly TlsRelease[]; serving: readonly TlsRelease[] } => {
  const goal = { members: membersOf(hosts) }
  const runs = runningOf(goal, now)
  const known = (those: readonly Running[]) => those.flatMap(({ stage }) => stage ?? [])
  const former = runs.flatMap(({ member }) => {
    const conf = servedOf(member)
    return conf === undefined || serverOf(member) !== undefined ? [] : (stageOf(goal, member, conf) ?? [])
  })
  return { all: [...known(runs), ...former], serving: known(runs.filter(({ serves }) => serves)) }
}

/**
 * Members serve by connections that they opened before their certificates expired: none of them could come back by itself, so all are
 * stopped, and started with new ones together. Undefined where that is not so, and while one is out of reach: the others serve on.
 */
export function overdue(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  if (!goal.members.some(({ way }) => way !== undefined) || unreachable(goal, now).length > 0) return undefined
  const runs = runningOf(goal, now)
  const expired = runs.filter(({ stage, serves }) => serves && hasExpired(stage, now)).map(({ member }) => member.host)
  if (expired.length === 0) return undefined
  const left = runs.filter(({ member }) => goal.only?.has(member.host) === false).map(({ member }) => member.host)
  if (!goal.mayStopService || left.length > 0) return refuse(expiredFailure(expired, left))
  const hosts = runs.filter(({ member }) => serverOf(member) !== undefined).map(({ member }) => member.host)
  if (hosts.some((host) => timesDone(trail, 'stop', host) > 1)) return refuse(stillRun(hosts))
  return {
    is: 'step',
    step: stopOf(now, hosts),
    reason: 'certificates have expired: none could come back alone, so all get new ones together',
  }
}

/** `restart` and `repair` give no new certificates: what they take down could not come back, but for an only member, which talks to nobody. */
export function refuseExpired(goal: Serve, now: EnsembleFacts): Next | undefined {
  const hosts = expiredHosts(goal, now)
  const isAlone = now.config.is === 'present' && now.config.value.members.length === 1
  if (hosts.length === 0 || isAlone || !someoneServes(now)) return undefined
  return refuse(
    new Failure({
      step: goal.rejoin === undefined ? 'restart the members' : 'set the data of the member aside',
      got: `the certificates between members of ${named(hosts)} have expired: what is taken down could not come back`,
      hint: 'run `up`, which gives all members new ones together',
      exit: 5,
    }),
  )
}

const stillRun = (hosts: readonly HostName[]) =>
  new Failure({
    step: 'renew the certificates between members',
    got: `${named(hosts)} were stopped in this run, and still run`,
    hint: 'see the failures before this one',
    exit: 5,
  })

const expiredFailure = (expired: readonly HostName[], left: readonly HostName[]) =>
  new Failure({
    step: 'renew the certificates between members',
    got: `that of ${named(expired)} has expired: a member that restarts could not come back to the others`,
    hint:
      left.length > 0
        ? 'all members have to be restarted together: run `up` without --hosts'
        : 'all members have to be restarted together, and the service stops for a moment; answer yes, or give --yes',
    exit: 5,
  })
