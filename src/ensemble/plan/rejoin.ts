import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { type Goal, roleOf, type Serve } from '../desired.ts'
import {
  currentOf,
  type EnsembleFacts,
  hasVote,
  leaderOf,
  type MemberFacts,
  memberOf,
  nonceOf,
  serverOf,
  stampOf,
} from '../facts.ts'
import { majorityOf, whyNotDown } from './majority.ts'
import { type Next, refuse, type Step } from './step.ts'
import { timedOut, type Trail, triesOf } from './trail.ts'

/**
 * What `repair HOST` asks for: the member's data is set aside once, and it joins the others with none. Its own copy is given up then, so the
 * others have to serve, and to be a majority without it, whoever answered what. Undefined where this is not asked for, or done.
 */
export function rejoin(goal: Serve, now: EnsembleFacts, trail: Trail): Next | undefined {
  const { rejoin: host } = goal
  if (host === undefined) return undefined
  const member = memberOf(now, host)
  if (member?.laid.is === 'unknown') return refuse(member.laid.why.of(host))
  if (isDone(now, trail, host)) return undefined
  const step = member && stepOf(goal, now, member)
  if (step === undefined)
    return refuse(
      failure(host, 'it holds no data of this ensemble, or nothing to start', '`up` brings what is missing'),
    )
  if (triesOf(trail, host).filter(({ kind }) => kind === 'rejoin').length > 1)
    return refuse(failure(host, 'it was tried twice', 'see the failures before this one, then run it again'))
  const why = whyNotRejoin(now, host)
  if (why === undefined) return { is: 'step', step, reason: 'its data is set aside; it joins those that serve' }
  if (couldServe(goal, now, host) && !timedOut(goal, now, trail))
    return { is: 'wait', for: `the others to be a majority that serves without ${host}`, hosts: [host] }
  return refuse(failure(host, why, 'first bring the others to serve: `start`, then see `status`'))
}

/** As it was founded, with what `current` names; undefined where that cannot be told, or it is to leave. */
function stepOf(goal: Serve, now: EnsembleFacts, member: MemberFacts): Step | undefined {
  const { host } = member
  const stamp = stampOf(member)
  const conf = currentOf(member)
  if (stamp === undefined || conf === undefined || roleOf(goal, host) === 'absent') return undefined
  const lines = now.config.is === 'present' ? now.config.value.members : []
  const turn = { host, conf, switch: false, stop: true }
  return { kind: 'rejoin', founding: stamp.founding, lines, turns: [turn] }
}

/**
 * The last try came back without a failure, and another process than before it runs there. After a failure such a process may be the
 * supervisor's, with the data that was to be set aside.
 */
function isDone(now: EnsembleFacts, trail: Trail, host: HostName): boolean {
  const last = trail.done.findLast(({ step, failed }) => step.kind === 'rejoin' && !failed)
  const nonce = nonceOf(memberOf(now, host))
  return last !== undefined && nonce !== undefined && nonce !== nonceOf(memberOf(last.before, host))
}

/** What forbids giving up a member's own data: the others do not serve as a majority by /zookeeper/config, or it is not listed there. */
export function whyNotRejoin(now: EnsembleFacts, host: HostName): string | undefined {
  const member = memberOf(now, host)
  if (now.config.is !== 'present' || member === undefined)
    return 'no other member serves, so its data may be all there is'
  if (!now.config.value.members.some(({ id }) => id === member.id)) return '/zookeeper/config does not list it'
  const leader = leaderOf(now)
  if (leader === undefined) return 'there is no leader that it could join'
  if (!hasVote(leader, now)) return 'the leader is none that /zookeeper/config lists'
  return whyNotDown(now, [host])
}

/** Enough of the others run to become a majority by themselves. */
function couldServe(goal: Goal, now: EnsembleFacts, host: HostName): boolean {
  const participants = goal.members.filter(({ role }) => role === 'participant').map((want) => want.host)
  const running = now.members.filter((member) => participants.includes(member.host) && serverOf(member) !== undefined)
  return running.filter((member) => member.host !== host).length >= majorityOf(participants.length)
}

const failure = (host: HostName, got: string, hint: string) =>
  new Failure({ host, step: 'set the data of the member aside', got, hint, exit: 5 })
