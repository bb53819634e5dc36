import { Failure } from '../../model/failure.ts'
import { type Member, sameMember } from '../../zookeeper/config.ts'
import { type Converge, mayChange } from '../desired.ts'
import {
  type EnsembleFacts,
  isUnlisted,
  lastWordsOf,
  leaderOf,
  lineOf,
  type MemberFacts,
  ownConfig,
  provenDown,
  serverOf,
  servingOf,
  stampOf,
} from '../facts.ts'
import { isLine, turnOf, wantedLine } from './founding.ts'
import { type Next, refuse } from './step.ts'
import { timedOut, timesDone, type Trail } from './trail.ts'

// A member is started beside those that serve, without a vote, and is waited for until it follows them.

/** The way there of one that does not belong yet, and is to as `line` says; undefined once it follows in step. */
export function beside(
  goal: Converge,
  now: EnsembleFacts,
  trail: Trail,
  member: MemberFacts,
  line: Member,
): Next | undefined {
  const { host } = member
  const server = serverOf(member)
  if (server !== undefined && servingOf(member) !== undefined) return synced(goal, now, trail, member)
  if (server !== undefined && !timedOut(goal, now, trail))
    return { is: 'wait', for: `${host} to follow those that serve`, hosts: [host] }
  if (timesDone(trail, 'join', host) > 0) return refuse(notJoining(member, trail))
  return begin(goal, now, member, line, 'it comes in; it follows those that serve, without a vote yet')
}

/** By its own file a member that moved while it was down would come up at its former place, and one that was taken back unawares not at all. */
export function beginAnew(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  const stale = now.members.find((member) => {
    const [line, own] = [lineOf(member, now), ownConfig(member)]
    if (line === undefined || own === undefined) return false
    if (own.members.some((each) => sameMember({ ...each, role: line.role }, line))) return false
    const wanted = goal.members.some((want) => want.host === member.host && isLine(wantedLine(goal, want), line))
    const isEnded = serverOf(member) === undefined || timedOut(goal, now, trail)
    const down = provenDown(member, now) && isEnded && timesDone(trail, 'join', member.host) === 0
    return wanted && down && mayChange(goal, member.host)
  })
  const line = stale && lineOf(stale, now)
  return line && begin(goal, now, stale, line, 'its own file does not know its place among those that serve')
}

/** As an observer by its own file: so it takes part in no election before it has learnt from those that serve who belongs. */
function begin(goal: Converge, now: EnsembleFacts, member: MemberFacts, line: Member, reason: string): Next {
  const { host } = member
  const founding =
    now.founding.is === 'present' ? now.founding.value.id : now.members.map(stampOf).find(Boolean)?.founding
  if (now.config.is !== 'present' || founding === undefined)
    return refuse(failure(host, 'no member tells its founding', 'see `status`', 5))
  const others = now.config.value.members.filter(({ id }) => id !== line.id)
  const lines = [...others, { ...line, role: 'observer' as const }].sort((a, b) => a.id - b.id)
  return {
    is: 'step',
    step: { kind: 'join', founding, lines, anew: true, turns: [{ ...turnOf(goal, member), stop: true }] },
    reason,
  }
}

/** What a joiner that serves still lacks: a session through it, and that the leader counts it. */
function synced(goal: Converge, now: EnsembleFacts, trail: Trail, member: MemberFacts): Next | undefined {
  const { host } = member
  const leader = leaderOf(now)
  const counted = (leader && servingOf(leader)?.leading?.syncedNonVotingFollowers) ?? 0
  const follow = now.members.filter((each) => isUnlisted(each, now) && servingOf(each)?.mode === 'follower').length
  const hasSession = member.session.is === 'present'
  if (hasSession && servingOf(member)?.mode === 'follower' && counted >= follow) return undefined
  if (timedOut(goal, now, trail)) return refuse(notJoining(member, trail))
  if (!hasSession) return { is: 'wait', for: `a session through ${host}`, hosts: [host], through: [host] }
  return { is: 'wait', for: `${host} to sync`, hosts: [host] }
}

function notJoining(member: MemberFacts, trail: Trail): Failure {
  const { host, session, serving } = member
  const server = serverOf(member)
  const why = session.is === 'unknown' ? session.why : serving.is === 'unknown' ? serving.why : undefined
  const what =
    server === undefined
      ? `its server ended${lastWordsOf(member)}`
      : `its server (pid ${server.pid}) runs, and does not follow in step`
  const began = timesDone(trail, 'join', host) > 0 ? 'it was started beside the others: ' : ''
  const hint = `it has no vote, the others go on without it; log/ below its home on ${host} says why; then run \`up\` again`
  return failure(host, `${began}${what}${why === undefined ? '' : `; ${why.got}`}`, hint)
}

const failure = (host: string, got: string, hint: string, exit: 1 | 5 = 1) =>
  new Failure({ host, step: 'let it join', got, hint, exit })
