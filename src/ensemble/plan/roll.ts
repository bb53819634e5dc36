import { Failure } from '../../model/failure.ts'
import { unknownConf } from '../../remote/host-facts.ts'
import { type Converge, type DesiredMember, type Goal, mayChange, type Serve } from '../desired.ts'
import {
  currentOf,
  type EnsembleFacts,
  isUnlisted,
  lastWordsOf,
  leaderOf,
  type MemberFacts,
  memberOf,
  runsConf,
  serverOf,
} from '../facts.ts'
import { unseen } from './expected.ts'
import { serviceMustStop, whyNotNow } from './majority.ts'
import { staged } from './staged.ts'
import { named, type Next, refuse } from './step.ts'
import { memberBefore, type Trail, triesOf } from './trail.ts'

/** A member whose server is to be replaced, and why. */
export interface Restart {
  readonly member: MemberFacts
  readonly want: DesiredMember
  readonly reason: string
}

/**
 * The members whose server does not run the desired conf release, whatever the disk says, or is itself to be replaced; in the order in which
 * they are taken down: observers, then followers, the leader last. Anew each time, since the leader may change meanwhile.
 */
export function toRestart(asked: Goal, now: EnsembleFacts): readonly Restart[] {
  if (asked.kind === 'stop') return []
  const goal = staged(asked, now)
  const leader = leaderOf(now)
  const rank = ({ member, want }: Restart) => (member.host === leader?.host ? 2 : want.role === 'observer' ? 0 : 1)
  return goal.members
    .flatMap((want) => {
      const member = memberOf(now, want.host)
      const rolls = member && mayChange(goal, want.host) && !isUnlisted(member, now)
      const reason = rolls ? reasonOf(goal, want, member) : undefined
      return member === undefined || reason === undefined ? [] : [{ member, want, reason }]
    })
    .sort((a, b) => rank(a) - rank(b) || a.want.id - b.want.id)
}

function reasonOf(goal: Converge | Serve, want: DesiredMember, member: MemberFacts): string | undefined {
  const server = serverOf(member)
  if (want.role === 'absent' || server === undefined) return undefined
  if (want.conf !== undefined && server.conf !== want.conf)
    return want.why ?? `runs ${server.conf}, ${want.conf} is wanted`
  return goal.kind === 'serve' && goal.restart?.get(want.host) === server.nonce ? 'a restart is asked for' : undefined
}

/** The next member of the roll; undefined where none is left. The caller has looked at the gate. */
export function roll(goal: Goal, now: EnsembleFacts, trail: Trail): Next | undefined {
  const [next] = toRestart(goal, now)
  if (next === undefined) return undefined
  const { member, want, reason } = next
  const server = serverOf(member)
  const conf = want.conf ?? runsConf(member)
  if (server === undefined || conf === undefined) return undefined
  const before = triesOf(trail, member.host).filter((tried) => tried.kind === 'restart' && tried.conf === conf)
  // Twice, since of a call whose answer was lost nobody knows whether it came to the host.
  if (before.length > 1) return refuse(stillOther(next, conf))
  const why = whyNotNow(goal, now, [member.host])
  if (why !== undefined) return refuse(mayNot(goal, now, next, why))
  const from = server.conf === conf || server.conf === unknownConf ? {} : { from: server.conf }
  return {
    is: 'step',
    step: {
      kind: 'restart',
      turns: [{ host: member.host, conf, ...from, switch: currentOf(member) !== conf, stop: true }],
    },
    reason,
  }
}

const stillOther = ({ member, reason }: Restart, conf: string) =>
  new Failure({
    host: member.host,
    step: 'restart the member',
    got: `it was restarted with ${conf} in this run, and still: ${reason}`,
    hint: 'something else starts or restarts it; see `plan`, then run `up` again',
    exit: 5,
  })

const mayNot = (goal: Goal, now: EnsembleFacts, { member }: Restart, why: string) =>
  new Failure({
    host: member.host,
    step: 'take the member down for a restart',
    got: why,
    hint: serviceMustStop(goal, now)
      ? 'with so few participants a roll stops the service for a moment; answer yes, or give --yes'
      : 'first bring the other members to serve: see `status`',
    exit: 5,
  })

/** Why a roll that this run began goes no further, although what is left of it could be restarted now: somebody has to look first. */
export const stoppedRoll = (goal: Goal, now: EnsembleFacts, trail: Trail): readonly Failure[] => [
  ...putBackProblems(goal, now, trail),
  ...(toRestart(goal, now).length > 0 ? hungProblems(trail) : []),
  ...unseenAmid(goal, now, trail),
]

/** Members that this run put back from what is still wanted. */
function putBackProblems(goal: Goal, now: EnsembleFacts, trail: Trail): readonly Failure[] {
  if (goal.kind !== 'converge') return []
  // Names are compared host by host: with TLS no two have a conf release of the same name.
  const runs = (conf: string) =>
    goal.members.flatMap((want) => {
      const member = memberOf(now, want.host)
      const server = member && serverOf(member)
      const isNew = want.conf === conf || triesOf(trail, want.host).some(({ kind }) => kind === 'restart')
      return server !== undefined && server.conf === want.conf && isNew ? [want.host] : []
    })
  return goal.members.flatMap(({ host, conf }) => {
    const back = triesOf(trail, host).find(
      ({ kind, from }) => kind === 'put-back' && from === conf && from !== undefined,
    )
    if (back === undefined || conf === undefined) return []
    const others = runs(conf).filter((other) => other !== host)
    const also = others.length === 0 ? '' : `; what is new stays where it serves: ${named(others)}`
    return [
      new Failure({
        host,
        step: `restart the member with ${conf}`,
        got: `it did not come to serve${lastWordsOf(memberBefore(trail, host, 'put-back'))}, and runs ${back.conf} again, which served last${also}`,
        hint: `the roll has stopped; log/ below its home on ${host} says why (zookeeper.log, server.out, server.out.1): mend the inventory and run \`up\` again`,
      }),
    ]
  })
}

const sinceRoll = (trail: Trail): Trail['done'] => {
  const first = trail.done.findIndex(({ step }) => step.kind === 'restart')
  return first < 0 ? [] : trail.done.slice(first)
}

/**
 * Members whose server ran and did not serve amid the roll, and was therefore ended and started again: whatever made it hang may befall the
 * next one, too, where there is one.
 */
function hungProblems(trail: Trail): readonly Failure[] {
  const turns = sinceRoll(trail).flatMap(({ step }) => (step.kind === 'start' ? step.turns : []))
  const hosts = new Set(turns.filter(({ stop }) => stop).map(({ host }) => host))
  return [...hosts].map(
    (host) =>
      new Failure({
        host,
        step: 'wait for the members after the last step',
        got: 'its server ran and did not serve any more; it was ended and started again, and serves',
        hint: `the roll has stopped; see in log/ below its home on ${host} what it hung on (zookeeper.log, server.out.1), then run it again`,
      }),
  )
}

/** Hosts that cannot be observed any more; amid a roll with what that leaves undone. */
function unseenAmid(goal: Goal, now: EnsembleFacts, trail: Trail): readonly Failure[] {
  const failures = unseen(goal, now)
  if (sinceRoll(trail).length === 0) return failures
  const left = toRestart(goal, now).map(({ want }) => want.host)
  const words = left.length === 0 ? '' : `; the roll has stopped, without ${named(left)}`
  return failures.map((why) => {
    const isOwn = why.host !== undefined && triesOf(trail, why.host).some(({ kind }) => kind === 'restart')
    const step = isOwn ? 'restart the member' : 'wait for the members after the last step'
    return new Failure({ ...why.parts(), step, got: `${why.step}: ${why.got}${words}` })
  })
}
