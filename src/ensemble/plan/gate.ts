import type { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { Goal } from '../desired.ts'
import {
  hasVote,
  holdsNothing,
  leaderOf,
  serverOf,
  servingOf,
  type EnsembleFacts,
  type MemberFacts,
  type Serving,
} from '../facts.ts'
import { servingVoters, voters } from './majority.ts'
import { named } from './step.ts'
import { startedHere, zxidBefore, type Trail } from './trail.ts'

/** What is still waited for before the next step. */
export interface Pending {
  readonly for: string
  readonly hosts: readonly HostName[]
  /** a session has to be opened through this member */
  readonly through?: HostName
}

/** Members whose role is not absent. */
export const wanted = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  now.members.filter(({ host }) => roleOf(goal, host) !== 'absent')

export const roleOf = (goal: Goal, host: HostName) =>
  goal.members.find((member) => member.host === host)?.role ?? 'absent'

export const unreachable = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  wanted(goal, now).filter(({ laid }) => laid.is === 'unknown')

/** Why each of them could not be observed. */
export const unseen = (goal: Goal, now: EnsembleFacts): readonly Failure[] =>
  unreachable(goal, now).flatMap(({ laid }) => (laid.is === 'unknown' ? [laid.why] : []))

/** Those that are to serve and can be observed; `start` asks it only of members that were founded. */
export const shouldServe = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  wanted(goal, now).filter((member) => member.laid.is !== 'unknown' && (goal.kind !== 'serve' || !holdsNothing(member)))

/** Our own process serves there, in the role that /zookeeper/config gives it. */
export function servesAsWanted(goal: Goal, member: MemberFacts): boolean {
  const mode = servingOf(member)?.mode
  if (mode === undefined || serverOf(member) === undefined) return false
  return roleOf(goal, member.host) === 'observer' ? mode === 'observer' : mode === 'leader' || mode === 'follower'
}

/**
 * The gate of docs/design.md: the first thing that does not hold yet, in words; undefined where all of it holds. With a host out of
 * reach nothing is taken down any more, so only what was started is looked at then.
 */
export function gate(goal: Goal, now: EnsembleFacts, trail: Trail): Pending | undefined {
  const should = shouldServe(goal, now)
  const missing = should.filter((member) => !servesAsWanted(goal, member)).map(({ host }) => host)
  if (missing.length > 0) return { for: `${named(missing)} to serve`, hosts: missing }
  if (should.length === 0) return undefined
  return (unreachable(goal, now).length > 0 ? undefined : oneQuorum(now)) ?? started(now, trail)
}

function oneQuorum(now: EnsembleFacts): Pending | undefined {
  const hosts = now.members.filter((member) => servingOf(member)).map(({ host }) => host)
  const waits = (words: string): Pending => ({ for: words, hosts })
  if (now.config.is !== 'present') return waits('an answer of /zookeeper/config')
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  if (leader === undefined) return waits('one leader')
  if (!hasVote(leader, now)) return waits('a leader that /zookeeper/config lists')
  if (leading === undefined) return waits(`the numbers of the leader ${leader.host}`)
  const votes = voters(now).length
  if (servingVoters(now).length !== votes) return waits(`all ${votes} participants to follow ${leader.host}`)
  return synced(now, leading, waits)
}

function synced(
  now: EnsembleFacts,
  leading: NonNullable<Serving['leading']>,
  waits: (words: string) => Pending,
): Pending | undefined {
  const followers = voters(now).length - 1
  const observers = now.config.is === 'present' ? now.config.value.members.length - followers - 1 : 0
  const have = leading.syncedFollowers - leading.syncedNonVotingFollowers
  if (have !== followers) return waits(`${followers} synced followers, ${have} so far`)
  if (leading.syncedObservers !== observers) {
    return waits(`${observers} synced observers, ${leading.syncedObservers} so far`)
  }
  if (leading.pendingSyncs > 0) return waits(`${leading.pendingSyncs} pending syncs`)
  return undefined
}

/**
 * Each member that this run started has to open a session, which is a write of the quorum, and then to have caught up. A zxid whose
 * counter is 0 is an election alone: a follower shows it only after the next write.
 */
function started(now: EnsembleFacts, trail: Trail): Pending | undefined {
  const ours = now.members.filter((member) => member.laid.is !== 'unknown' && startedHere(trail, member))
  const untried =
    ours.find(({ session }) => session.is === 'absent') ?? ours.find(({ session }) => session.is !== 'present')
  if (untried) return { for: `a session through ${untried.host}`, hosts: [untried.host], through: untried.host }
  for (const member of ours) {
    const serving = servingOf(member)
    const zxid = zxidBefore(trail, member.host)
    const isWrite = zxid !== undefined && !zxid.endsWith('00000000')
    if (serving !== undefined && isWrite && serving.zxid < zxid) {
      return { for: `${member.host} to reach zxid 0x${zxid.replace(/^0+(?=.)/, '')}`, hosts: [member.host] }
    }
  }
  return undefined
}
