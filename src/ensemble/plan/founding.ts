import type { FoundingRecord } from '../../local/founding.ts'
import { Failure } from '../../model/failure.ts'
import { type Member, member, sameMember } from '../../zookeeper/config.ts'
import { begunOn, type Converge, type DesiredMember, mayChange, roleOf } from '../desired.ts'
import {
  currentOf,
  type EnsembleFacts,
  holdsNothing,
  isHalfFounded,
  mayVote,
  type MemberFacts,
  serverOf,
  someoneServes,
  stampOf,
} from '../facts.ts'
import { unreachable, wanted } from './expected.ts'
import { majorityOf, servingVoters, voters } from './majority.ts'
import { named, type Next, refuse, refuseAll, type Step, type Turn } from './step.ts'
import { timesDone, type Trail } from './trail.ts'

/**
 * Begins a founding, or goes on with one that was begun, or lets a host that holds nothing join; undefined where nothing of this is to be
 * done now. A founding begins only when every host was observed, none holds data or our stamp, and .dman records none
 * (docs/design.md, The ensemble).
 */
export function founding(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  if (now.founding.is === 'unknown') return refuse(now.founding.why)
  if (now.founding.is === 'present' && now.founding.value.state === 'begun')
    return goOn(goal, now, trail, now.founding.value)
  if (now.founding.is === 'present' || now.members.some(isHeld)) return join(goal, now, trail)
  const unseen = now.members.flatMap(({ laid }) => (laid.is === 'unknown' ? [laid.why] : []))
  if (unseen.length > 0) return refuseAll(unseen)
  const hosts = wanted(goal, now).map(({ host }) => host)
  return found(goal, trail, begunOn(goal, goal.founding, hosts), wanted(goal, now), 'no host holds data yet')
}

const isHeld = (member: MemberFacts) => member.laid.is !== 'unknown' && !holdsNothing(member)

/**
 * An interrupted founding: the rest of its hosts get theirs. Once enough are founded to make a majority they may have served without being
 * seen; then the rest must not vote with nothing in hand, and joins later.
 */
function goOn(goal: Converge, now: EnsembleFacts, trail: Trail, record: FoundingRecord): Next | undefined {
  const members = wanted(goal, now)
  const differing = differences(record, members)
  if (differing !== undefined) return refuse(differing)
  if (someoneServes(now) || unreachable(goal, now).length > 0) return undefined
  const participants = members.filter(({ host }) => roleOf(goal, host) === 'participant')
  if (participants.filter(mayVote).length >= majorityOf(participants.length)) return undefined
  const rest = members.filter((member) => holdsNothing(member) || isHalfFounded(member))
  return rest.length === 0 ? undefined : found(goal, trail, record, rest, 'its founding was interrupted')
}

/**
 * A host that the ensemble lists and that holds nothing, or a stamp alone (an interrupted founding left it out or half-way, or it is
 * a new machine) comes without `initialize`, so without a vote until it has synced, and only to a majority that serves on this
 * founding's data.
 */
function join(goal: Converge, now: EnsembleFacts, trail: Trail): Next | undefined {
  const stamp = now.members.map(stampOf).find((found) => found !== undefined)
  const holders = servingVoters(now).filter((member) => stampOf(member) && serverOf(member))
  if (stamp === undefined || now.config.is !== 'present' || holders.length < majorityOf(voters(now).length))
    return undefined
  if (unreachable(goal, now).length > 0) return undefined
  const lines = now.config.value.members
  const empty = wanted(goal, now).filter(
    (member) =>
      (holdsNothing(member) || isUntried(member, trail)) &&
      member.serving.is === 'absent' &&
      mayChange(goal, member.host) &&
      lines.some((line) => line.id === member.id && isAsWanted(goal, line)),
  )
  if (empty.length === 0) return undefined
  const again = empty.filter(({ host }) => timesDone(trail, 'join', host) > 0).map(({ host }) => host)
  if (again.length > 0) return refuse(notTaken(again))
  const turns = empty.map((member) => turnOf(goal, member))
  const step: Step = { kind: 'join', founding: stamp.founding, lines, anew: false, turns }
  return { is: 'step', step, reason: 'it holds no data; it joins those that serve' }
}

/** Half founded, and not completed in this run: once it was, it is started like any other. */
export const isUntried = (member: MemberFacts, trail: Trail): boolean =>
  isHalfFounded(member) && timesDone(trail, 'found', member.host) + timesDone(trail, 'join', member.host) === 0

function found(
  goal: Converge,
  trail: Trail,
  record: FoundingRecord,
  members: readonly MemberFacts[],
  reason: string,
): Next {
  const kept = members.filter(({ host }) => !mayChange(goal, host)).map(({ host }) => host)
  if (kept.length > 0)
    return refuse(failure(`--hosts leaves out ${named(kept)}`, 'a founding takes all hosts: run `up` without --hosts'))
  const again = members.filter(({ host }) => timesDone(trail, 'found', host) > 0).map(({ host }) => host)
  if (again.length > 0) return refuse(notTaken(again))
  const turns = members.map((member) => turnOf(goal, member))
  const step: Step = { kind: 'found', founding: record.id, recorded: record.hosts, lines: linesOf(goal), turns }
  return { is: 'step', step, reason }
}

const notTaken = (hosts: readonly string[]) =>
  failure(`${named(hosts)} did not take it`, 'see the failures before this one, and run `up` again')

/** A first start, with the wanted conf release. */
export function turnOf(goal: Converge, member: MemberFacts): Turn {
  const current = currentOf(member)
  const conf = goal.members.find(({ host }) => host === member.host)?.conf ?? current ?? ''
  return {
    host: member.host,
    conf,
    ...(current === undefined || current === conf ? {} : { from: current }),
    switch: current !== conf,
    stop: serverOf(member) !== undefined,
  }
}

/** The member lines that a founding writes: all members whose role is not absent. */
export const linesOf = (goal: Pick<Converge, 'members' | 'ports'>): readonly Member[] =>
  goal.members.flatMap((want) => wantedLine(goal, want) ?? [])

/** The line that /zookeeper/config is to have of a member; undefined where it is to have none. */
export const wantedLine = (
  { ports }: Pick<Converge, 'ports'>,
  { id, address, role }: DesiredMember,
): Member | undefined => (role === 'absent' ? undefined : member(id, address, ports, role))

const isAsWanted = (goal: Converge, line: Member): boolean =>
  goal.members.some((want) => want.id === line.id && isLine(wantedLine(goal, want), line))

export const isLine = (wanted: Member | undefined, line: Member): boolean =>
  wanted !== undefined && sameMember(wanted, line)

function differences(record: FoundingRecord, members: readonly MemberFacts[]): Failure | undefined {
  const gone = record.hosts.filter((host) => !members.some((member) => member.host === host))
  const extra = members.map(({ host }) => host).filter((host) => !record.hosts.includes(host))
  if (gone.length === 0 && extra.length === 0) return undefined
  const words = [
    ...(gone.length > 0 ? [`${named(gone)} no longer in the inventory`] : []),
    ...(extra.length > 0 ? [`${named(extra)} new in it`] : []),
  ]
  return failure(
    `a founding was begun on ${named(record.hosts)}; ${words.join(', ')}`,
    'finish it on the hosts it was begun on; or `destroy --data` gives it up',
  )
}

const failure = (got: string, hint: string) => new Failure({ step: 'found the ensemble', got, hint, exit: 5 })

/** True once .dman may note that the founding is done: somebody serves, so a quorum does. */
export const foundingIsDone = (now: EnsembleFacts): boolean =>
  now.founding.is === 'present' && now.founding.value.state === 'begun' && someoneServes(now)
