import type { Failure } from '../../model/failure.ts'
import { isWanted } from '../../model/names.ts'
import { type Goal, roleOf } from '../desired.ts'
import {
  type EnsembleFacts,
  holdsNothing,
  isUnlisted,
  knowsItLeft,
  lastConfig,
  lineOf,
  type MemberFacts,
  ownConfig,
  serverOf,
  servingOf,
  someoneServes,
  stampOf,
} from '../facts.ts'
import { majorityOf } from './majority.ts'

// Who is expected to serve, and whether it does.

/** Members whose role is not absent. */
export const wanted = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  now.members.filter(({ host }) => roleOf(goal, host) !== 'absent')

export const unreachable = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  wanted(goal, now).filter(({ laid }) => laid.is === 'unknown')

/** Why each of them could not be observed. */
export const unseen = (goal: Goal, now: EnsembleFacts): readonly Failure[] =>
  unreachable(goal, now).flatMap(({ laid }) => (laid.is === 'unknown' ? [laid.why] : []))

/**
 * Those that are to serve and can be observed; `start` asks it only of members that were founded. What is yet to join, for the first time
 * or again after it left, serves in its own step; what is to leave serves on while the others are too few without it.
 */
export const shouldServe = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  [...wanted(goal, now), ...stillNeeded(goal, now)].filter(
    (member) =>
      member.laid.is !== 'unknown' &&
      (goal.kind !== 'serve' || !holdsNothing(member)) &&
      !isUnlisted(member, now) &&
      (someoneServes(now) || !knowsItLeft(member)),
  )

/**
 * Leavers without which those that stay are no majority of who belonged last, while nobody serves who could remove them. Whoever was started
 * without a vote does not count: it learns of its vote only from those that serve.
 */
function stillNeeded(goal: Goal, now: EnsembleFacts): readonly MemberFacts[] {
  if (someoneServes(now) || now.config.is === 'present') return []
  const votes = (lastConfig(now)?.members ?? []).filter(({ role }) => role === 'participant')
  const stays = (id: number) => goal.members.some((each) => each.id === id && isWanted(each))
  const stay = votes.filter(({ id }) => stays(id) && !knowsNoVote(now, id))
  if (votes.length === 0 || stay.length >= majorityOf(votes.length)) return []
  return now.members.filter(
    (member) =>
      roleOf(goal, member.host) === 'absent' &&
      stampOf(member) !== undefined &&
      votes.some(({ id }) => id === member.id),
  )
}

/** By its own file it has none. */
function knowsNoVote(now: EnsembleFacts, id: number): boolean {
  const member = now.members.find((each) => each.id === id)
  const own = member && ownConfig(member)?.members.find((line) => line.id === id)
  return own?.role === 'observer'
}

/** Our own process serves there, in the role that /zookeeper/config gives it, whatever the inventory is about to make of it. */
export function servesAsWanted(now: EnsembleFacts, member: MemberFacts): boolean {
  const mode = servingOf(member)?.mode
  if (mode === undefined || serverOf(member) === undefined) return false
  const role = lineOf(member, now)?.role
  if (role === undefined) return mode !== 'standalone'
  return role === 'observer' ? mode === 'observer' : mode === 'leader' || mode === 'follower'
}
