import type { HostName } from '../../model/names.ts'
import { peersAt } from '../../zookeeper/config.ts'
import type { Reconfig } from '../../zookeeper/zookeeper.ts'
import type { Goal } from '../desired.ts'
import { type EnsembleFacts, hasVote, leaderOf, lineOf, type MemberFacts, servingOf } from '../facts.ts'
import { named } from './step.ts'
import { votesInTheWay } from './super-user.ts'

/** How many of so many votes are more than half. */
export const majorityOf = (votes: number): number => Math.floor(votes / 2) + 1

/** The ids that vote, by /zookeeper/config; empty while that is not known. */
export const voters = (now: EnsembleFacts): readonly number[] =>
  now.config.is === 'present'
    ? now.config.value.members.filter(({ role }) => role === 'participant').map(({ id }) => id)
    : []

/** Participants that serve under the one leader, or lead. */
export const servingVoters = (now: EnsembleFacts): readonly MemberFacts[] =>
  now.members.filter((member) => hasVote(member, now) && ['leader', 'follower'].includes(servingOf(member)?.mode ?? ''))

/**
 * What forbids taking these serving members down; undefined where nothing does. The other serving, synced participants, counted by id
 * against /zookeeper/config, have to be a majority of it (docs/design.md, The ensemble).
 */
export function whyNotDown(now: EnsembleFacts, hosts: readonly HostName[]): string | undefined {
  const down = now.members.filter(({ host }) => hosts.includes(host))
  if (now.config.is === 'present' && !down.some((member) => hasVote(member, now))) return undefined
  const all = voters(now)
  if (all.length === 0) return 'it is not known who votes'
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  if (leading === undefined) return 'no leader tells who is synced'
  const serving = servingVoters(now)
  if (leading.syncedFollowers - leading.syncedNonVotingFollowers < serving.length - 1)
    return 'not all that serve are synced'
  const others = serving.filter(({ host }) => !hosts.includes(host))
  if (others.length >= majorityOf(all.length)) return undefined
  return `without ${named(hosts)} ${others.length} of ${all.length} participants would serve, and a majority is ${majorityOf(all.length)}`
}

/**
 * With one or two participants, or where a leaver that is down keeps its vote, nobody can be taken down and a majority stay: only there a yes
 * to "service stops" helps.
 */
export const serviceMustStop = (goal: Goal, now: EnsembleFacts): boolean =>
  [1, 2].includes(voters(now).length) || votesInTheWay(goal, now).length > 0

/** The same, for a goal that may have been allowed to stop the service. */
export const whyNotNow = (goal: Goal, now: EnsembleFacts, hosts: readonly HostName[]): string | undefined =>
  goal.kind !== 'stop' && goal.mayStopService === true && serviceMustStop(goal, now)
    ? undefined
    : whyNotDown(now, hosts)

/**
 * Of two participants the leader gets another place for its peers: it gives up leading, and the other alone is no majority until it follows
 * again. With three the others elect one of them at once.
 */
export function leaderMoves({ joining }: Pick<Reconfig, 'joining'>, now: EnsembleFacts): boolean {
  const leader = leaderOf(now)
  if (leader === undefined || voters(now).length !== 2) return false
  const line = lineOf(leader, now)
  const next = joining.find(({ id }) => id === leader.id)
  return line !== undefined && next !== undefined && peersAt(next) !== peersAt(line)
}
