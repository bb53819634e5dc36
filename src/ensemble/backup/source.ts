import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { type EnsembleFacts, leaderOf, type MemberFacts, serverOf, servingOf, stampOf } from '../facts.ts'
import { servingVoters } from '../plan/majority.ts'

/**
 * The member that a backup is taken from: a voter that is synced, a follower where there is one, for the leader has enough to do. `only`:
 * the hosts that may be touched. Throws a Failure where there is none.
 */
export function sourceOf(now: EnsembleFacts, only?: ReadonlySet<HostName>): MemberFacts {
  if (now.config.is === 'unknown') throw now.config.why
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  if (leader === undefined || leading === undefined) throw noSource('nobody leads, so nobody is known to be synced')
  const voters = servingVoters(now)
  // With one of them still syncing nobody tells which it is; the leader holds everything.
  const areSynced = leading.syncedFollowers - leading.syncedNonVotingFollowers >= voters.length - 1
  const followers = areSynced ? voters.filter(({ host }) => host !== leader.host) : []
  const ours = [...followers, leader].filter(
    (member) => serverOf(member) !== undefined && stampOf(member) !== undefined && (only?.has(member.host) ?? true),
  )
  const [first] = ours
  if (first === undefined) throw noSource('no synced voter is ours to read')
  return first
}

const noSource = (got: string): Failure =>
  new Failure({
    step: 'choose a member to back up',
    got,
    hint: '`status` shows the members; bring a majority to serve first',
    exit: 5,
  })
