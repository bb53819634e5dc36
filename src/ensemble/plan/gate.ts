import type { HostName } from '../../model/names.ts'
import { shortZxid } from '../../model/zxid.ts'
import { type Goal, roleOf } from '../desired.ts'
import { type EnsembleFacts, hasVote, leaderOf, type MemberFacts, serverOf, type Serving, servingOf } from '../facts.ts'
import { servesAsWanted, shouldServe, unreachable } from './expected.ts'
import { servingVoters } from './majority.ts'
import { named } from './step.ts'
import { startedHere, type Trail, zxidBefore } from './trail.ts'

/** What is still waited for before the next step. */
export interface Pending {
  readonly for: string
  readonly hosts: readonly HostName[]
  /** a session has to be opened through each of these members */
  readonly through?: readonly HostName[]
}

/**
 * The gate of docs/design.md: the first thing that does not hold yet, in words; undefined where all of it holds. With a host out of
 * reach nothing is taken down any more, so only what was started is looked at then.
 */
export function gate(goal: Goal, now: EnsembleFacts, trail: Trail): Pending | undefined {
  const should = shouldServe(goal, now)
  const missing = should.filter((member) => !servesAsWanted(now, member)).map(({ host }) => host)
  if (missing.length > 0) return { for: `${named(missing)} to serve`, hosts: missing }
  if (should.length === 0) return undefined
  return (unreachable(goal, now).length > 0 ? undefined : oneQuorum(goal, now)) ?? started(should, trail)
}

function oneQuorum(goal: Goal, now: EnsembleFacts): Pending | undefined {
  const hosts = now.members.filter((member) => servingOf(member)).map(({ host }) => host)
  const waits = (words: string): Pending => ({ for: words, hosts })
  if (now.config.is !== 'present') return waits('an answer of /zookeeper/config')
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  if (leader === undefined) return waits('one leader')
  if (!hasVote(leader, now)) return waits('a leader that /zookeeper/config lists')
  if (leading === undefined) return waits(`the numbers of the leader ${leader.host}`)
  const due = now.config.value.members.filter(({ id }) => isDue(goal, now, id))
  const votes = due.filter(({ role }) => role === 'participant').length
  if (servingVoters(now).length < votes) return waits(`all ${votes} participants to follow ${leader.host}`)
  return synced(due.length - votes, servingVoters(now).length - 1, leading, waits)
}

/** Nobody waits for a member that is to leave and does not serve, nor for one that `start` does not know. */
function isDue(goal: Goal, now: EnsembleFacts, id: number): boolean {
  const member = now.members.find((each) => each.id === id)
  if (member === undefined) return goal.kind !== 'serve'
  return roleOf(goal, member.host) !== 'absent' || servingOf(member) !== undefined
}

function synced(
  observers: number,
  followers: number,
  leading: NonNullable<Serving['leading']>,
  waits: (words: string) => Pending,
): Pending | undefined {
  const have = leading.syncedFollowers - leading.syncedNonVotingFollowers
  if (have < followers) return waits(`${followers} synced followers, ${have} so far`)
  if (leading.syncedObservers < observers) {
    return waits(`${observers} synced observers, ${leading.syncedObservers} so far`)
  }
  if (leading.pendingSyncs > 0) return waits(`${leading.pendingSyncs} pending syncs`)
  return undefined
}

/**
 * Members through which the gate will ask for a session, and none was tried yet: a process of ours that this run started. While others are
 * yet to serve these need not wait.
 */
export const sessionsDue = (goal: Goal, now: EnsembleFacts, trail: Trail): readonly HostName[] =>
  shouldServe(goal, now)
    .filter((each) => startedHere(trail, each) && serverOf(each) !== undefined && each.session.is === 'absent')
    .map(({ host }) => host)

/**
 * Each member that this run started has to open a session, which is a write of the quorum, and then to have caught up. A zxid whose
 * counter is 0 is an election alone: a follower shows it only after the next write.
 */
function started(should: readonly MemberFacts[], trail: Trail): Pending | undefined {
  const ours = should.filter((member) => startedHere(trail, member))
  const lacking = ours.filter(({ session }) => session.is !== 'present')
  const untried = lacking.filter(({ session }) => session.is === 'absent')
  const through = (untried.length > 0 ? untried : lacking).map(({ host }) => host)
  if (through.length > 0) return { for: `a session through ${named(through)}`, hosts: through, through }
  for (const member of ours) {
    const serving = servingOf(member)
    const zxid = zxidBefore(trail, member.host)
    const isWrite = zxid !== undefined && !zxid.endsWith('00000000')
    if (serving !== undefined && isWrite && serving.zxid < zxid) {
      return { for: `${member.host} to reach zxid ${shortZxid(zxid)}`, hosts: [member.host] }
    }
  }
  return undefined
}
