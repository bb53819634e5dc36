import { Failure } from '../../model/failure.ts'
import { formatMember, type Member, sameMember } from '../../zookeeper/config.ts'
import { type Converge, type DesiredMember, mayChange, mayLeaveUnseen } from '../desired.ts'
import {
  type EnsembleFacts,
  isUnlisted,
  lastConfig,
  leaderOf,
  type Left,
  leftOf,
  lineOf,
  type MemberFacts,
  memberOf,
  provenDown,
  runsOrWill,
  servingOf,
} from '../facts.ts'
import { unreachable } from './expected.ts'
import { isLine, wantedLine } from './founding.ts'
import { beginAnew, beside } from './joining.ts'
import { leaderMoves, majorityOf, servingVoters, voters } from './majority.ts'
import { leftUnseen } from './membership-problems.ts'
import { type Next, refuse, type Step, stopOf } from './step.ts'
import { superIsUnknown } from './super-user.ts'
import { timesDone, type Trail } from './trail.ts'

// Who belongs is changed one member at a time, by reconfig from the version that was read (docs/design.md, The ensemble). What
// is unknown here (no config, a host out of reach that is to stay) is left as it is.

/** A difference between what /zookeeper/config lists and the inventory, on a host that may be changed. */
interface Difference {
  readonly want: DesiredMember
  readonly member: MemberFacts
  /** as /zookeeper/config has it, and as it is to have it; one of them is there */
  readonly line: Member | undefined
  readonly wanted: Member | undefined
}

/** All of them, in order of id. */
function differences(goal: Converge, now: EnsembleFacts): readonly Difference[] {
  if (now.config.is !== 'present') return []
  return goal.members.flatMap((want) => {
    const member = memberOf(now, want.host)
    const [line, wanted] = [lineOf(want, now), wantedLine(goal, want)]
    const same = line === undefined ? wanted === undefined : isLine(wanted, line)
    return member === undefined || same || !mayChange(goal, want.host) ? [] : [{ want, member, line, wanted }]
  })
}

/** Whether steps of this kind are left, so that the gate has to be looked at. */
export const changesMembers = (goal: Converge, now: EnsembleFacts): boolean =>
  differences(goal, now).length > 0 || gone(goal, now).length > 0

/**
 * Members that do not serve: those that are to leave are removed, those that moved get their new place, before anything is started; and what
 * left is stopped. Undefined where nothing of this is to be done, or can be done yet.
 */
export function membersDown(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  if (unreachable(goal, now).length > 0 || !majorityIsSeen(now)) return undefined
  // All others of these take the super user, so the roll comes first.
  if (superIsUnknown(goal, now)) return beginAnew(goal, now, trail)
  const next = ended(goal, now, trail)
  if (next !== undefined) return next
  const down = differences(goal, now).filter(({ member }) => servingOf(member) === undefined)
  const leaver = down.find(({ line, wanted }) => line !== undefined && wanted === undefined)
  if (leaver !== undefined && whyNotWithout(now, leaver.member) === undefined) return leave(goal, now, trail, leaver)
  // Another role waits until it serves: a vote of one that does not follow would count against those that do. What runs at its
  // former place is not waited for: it would for ever.
  const [moved] = down.flatMap(({ line, wanted, ...of }) => {
    if (line === undefined || wanted === undefined || !provenDown(of.member, now)) return []
    const place = { ...wanted, role: line.role }
    return sameMember(line, place) ? [] : [{ ...of, line, wanted: place }]
  })
  return moved === undefined ? beginAnew(goal, now, trail) : change(goal, now, trail, moved)
}

/**
 * The rest, once all that belong serve: joiners first (with them more can be lost than without), then other roles and places, then
 * leavers; whoever leads goes last of the latter two.
 */
export function membersUp(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  const all = differences(goal, now)
  const joiner = all.find(({ line }) => line === undefined)
  if (joiner !== undefined) return join(goal, now, trail, joiner)
  const leader = leaderOf(now)?.host
  const rank = ({ line, wanted, member }: Difference) =>
    (wanted?.role === 'participant' && line?.role === 'observer' ? 0 : 1) +
    (wanted === undefined ? 2 : 0) +
    (member.host === leader ? 4 : 0)
  const [next] = [...all].sort((a, b) => rank(a) - rank(b))
  if (next === undefined) return undefined
  return next.wanted === undefined ? leave(goal, now, trail, next) : change(goal, now, trail, next)
}

/** A majority was seen to serve, so there is a leader, even where that is out of our reach and is to leave. */
const majorityIsSeen = (now: EnsembleFacts): boolean =>
  now.config.is === 'present' && servingVoters(now).length >= majorityOf(voters(now).length)

/** What left and still runs, or was seen to have stopped and is not noted yet. */
const gone = (goal: Converge, now: EnsembleFacts): readonly MemberFacts[] =>
  now.members.filter(
    (member) =>
      isUnlisted(member, now) &&
      mayChange(goal, member.host) &&
      goal.members.some(({ host, role }) => host === member.host && role === 'absent') &&
      (runsOrWill(member) || unnoted(member, now) !== undefined),
  )

const unnoted = (member: MemberFacts, now: EnsembleFacts): Left | undefined =>
  member.laid.is === 'unknown' ? undefined : leftOf(now).find(({ id, stopped }) => id === member.id && !stopped)

function ended(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  const members = gone(goal, now)
  const running = members.find(runsOrWill)
  if (running !== undefined) {
    const { host } = running
    if (timesDone(trail, 'stop', host) > 1)
      return refuse(failure(host, 'stop it', 'its server still runs', 'see the failures before this one'))
    return { is: 'step', step: { ...stopOf(now, [host]), leaves: true }, reason: 'it left the ensemble' }
  }
  const ids = [...members, ...leftUnseen(goal, now).filter(({ host }) => mayLeaveUnseen(goal, host))].map(
    ({ id }) => id,
  )
  const noted = trail.done.some(({ step }) => step.kind === 'record' && step.gone?.join() === ids.join())
  if (ids.length === 0 || noted) return undefined
  return { is: 'step', step: { kind: 'record', served: [], gone: ids }, reason: 'what left is stopped, or given up' }
}

/** What forbids removing that member's vote; undefined where nothing does. Counted by id against /zookeeper/config. */
function whyNotWithout(now: EnsembleFacts, { id, host }: MemberFacts): string | undefined {
  const votes = voters(now).filter((each) => each !== id)
  const serving = servingVoters(now).filter((member) => member.id !== id)
  if (serving.length >= majorityOf(votes.length)) return undefined
  return `without ${host} ${serving.length} of ${votes.length} participants would serve, and a majority is ${majorityOf(votes.length)}`
}

function leave(goal: Converge, now: EnsembleFacts, trail: Trail, { want, member }: Difference): Next {
  const { host, id, address } = want
  if (member.laid.is === 'unknown' && !mayLeaveUnseen(goal, host)) {
    const hint = '--yes removes it all the same; `status` tells of it until it was seen stopped'
    return refuse(
      failure(host, 'let it leave', `it cannot be reached (${member.laid.why.got}), so not be stopped`, hint, 5),
    )
  }
  const why = whyNotWithout(now, member)
  if (why !== undefined) return refuse(failure(host, 'let it leave', why, 'first bring the others to serve', 5))
  return reconfig(now, trail, want, { leaving: [id], left: { id, host, address, stopped: false } }, 'it leaves')
}

function change(goal: Converge, now: EnsembleFacts, trail: Trail, { want, member, line, wanted }: Difference): Next {
  if (line === undefined || wanted === undefined) return { is: 'nothing' }
  const promoted = line.role === 'observer' && wanted.role === 'participant'
  const votes = voters(now)
  // ZooKeeper counts who follows, and an observer does not: it has to lose its place first, then it comes in as joiners do.
  if (promoted && servingVoters(now).length < majorityOf(votes.length + 1))
    return reconfig(now, trail, want, { leaving: [want.id] }, 'it is to follow before it gets a vote')
  if (line.role === 'participant' && wanted.role === 'observer') {
    const why = whyNotWithout(now, member)
    if (why !== undefined)
      return refuse(failure(want.host, 'make it an observer', why, 'first bring the others to serve', 5))
  }
  if (!goal.mayStopService && leaderMoves({ joining: [wanted] }, now)) return refuse(mayNotMove(want.host))
  const reason =
    line.role === wanted.role ? `${formatMember(line)} → ${formatMember(wanted)}` : `${line.role} → ${wanted.role}`
  return reconfig(now, trail, want, { joining: [wanted] }, reason)
}

const mayNotMove = (host: string) =>
  failure(
    host,
    'change its place in /zookeeper/config',
    'it leads, and the other of two participants is no majority until it follows again',
    'with two participants a leader that moves stops the service for a moment; answer yes, or give --yes',
    5,
  )

/** Far more than any change of one member takes. */
const enough = 4

function reconfig(
  now: EnsembleFacts,
  trail: Trail,
  { host }: DesiredMember,
  { joining = [], leaving = [], left }: { joining?: readonly Member[]; leaving?: readonly number[]; left?: Left },
  reason: string,
): Next {
  if (timesDone(trail, 'reconfig', host) >= enough)
    return refuse(
      failure(host, 'change its place in /zookeeper/config', 'it is not what was asked for', 'run it again'),
    )
  const from = now.config.is === 'present' ? now.config.value.version : ''
  const step: Step = {
    kind: 'reconfig',
    hosts: [host],
    change: { joining, leaving, from },
    ...(left === undefined ? {} : { left }),
  }
  return { is: 'step', step, reason }
}

/** Once it follows in step, it belongs. */
function join(goal: Converge, now: EnsembleFacts, trail: Trail, { want, member, wanted }: Difference): Next {
  if (now.config.is !== 'present' || wanted === undefined) return { is: 'nothing' }
  return (
    beside(goal, now, trail, member, wanted) ??
    reconfig(now, trail, want, { joining: [wanted] }, `it comes in as ${wanted.role}`)
  )
}

const failure = (host: string, what: string, got: string, hint: string, exit: 1 | 5 = 1) =>
  new Failure({ host, step: what, got, hint, exit })

/** Whether members are to be found elsewhere by the others, who then have to reach them there. */
export const movesPeers = (steps: readonly Step[], now: EnsembleFacts): boolean =>
  steps.some(
    (step) =>
      step.kind === 'reconfig' &&
      step.change.joining.some((line) => {
        const former = lastConfig(now)?.members.find(({ id }) => id === line.id)
        return former !== undefined && !sameMember({ ...former, role: line.role, client: line.client }, line)
      }),
  )
