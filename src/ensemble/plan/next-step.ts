import { Failure } from '../../model/failure.ts'
import { unknownConf } from '../../remote/host-facts.ts'
import { type Converge, type Goal, mayChange, type Serve } from '../desired.ts'
import { type EnsembleFacts, type MemberFacts, servedOf, serverOf, someoneServes, stampOf } from '../facts.ts'
import { bringUp } from './bring-up.ts'
import { dataProblems } from './data.ts'
import { servesAsWanted, shouldServe, unreachable, unseen } from './expected.ts'
import { founding, foundingIsDone } from './founding.ts'
import { gate, type Pending } from './gate.ts'
import { membershipProblems, recordProblems } from './membership-problems.ts'
import { changesMembers, membersDown, membersUp } from './membership-steps.ts'
import { rejoin } from './rejoin.ts'
import { markProblems } from './restore-mark.ts'
import { roll, stoppedRoll, toRestart } from './roll.ts'
import { needsNewCertificates, overdue, refuseExpired, staged } from './staged.ts'
import { type Next, refuse, refuseAll } from './step.ts'
import { nextStop } from './stop.ts'
import { beginTrail, timedOut, type Trail } from './trail.ts'

/**
 * What is to be done next to reach the goal, from what was observed and what this run did so far: a step, a wait, a refusal or
 * nothing. Pure; all rules of docs/design.md, The ensemble, are here and in the files beside this one.
 */
export function nextStep(goal: Goal, now: EnsembleFacts, trail: Trail = beginTrail(now.at)): Next {
  if (goal.kind === 'stop') return nextStop(goal, now, trail)
  const mark = refuseAll(markProblems(goal, now))
  if (mark !== undefined) return mark
  return goal.kind === 'serve' ? nextServe(goal, now, trail) : nextConverge(staged(goal, now), now, trail)
}

function nextConverge(goal: Converge, now: EnsembleFacts, trail: Trail): Next {
  return (
    refuseAll([...dataProblems(goal, now), ...membershipProblems(goal, now), ...recordProblems(goal, now)]) ??
    record(goal, now, trail, []) ??
    membersDown(goal, now, trail) ??
    founding(goal, now, trail) ??
    overdue(goal, now, trail) ??
    bringUp(goal, now, trail, unreachable(goal, now).length > 0 && !needsNewCertificates(goal, now)) ??
    settle(goal, now, trail) ??
    refuseAll(unseen(goal, now)) ??
    roll(goal, now, trail) ??
    membersUp(goal, now, trail) ?? { is: 'nothing' }
  )
}

function nextServe(goal: Serve, now: EnsembleFacts, trail: Trail): Next {
  const founded = now.members.some((member) => stampOf(member) !== undefined)
  if (!founded && unreachable(goal, now).length === 0) return refuse(neverFounded(goal))
  return (
    refuseAll(dataProblems(goal, now)) ??
    (goal.rejoin !== undefined || toRestart(goal, now).length > 0 ? refuseExpired(goal, now) : undefined) ??
    rejoin(goal, now, trail) ??
    bringUp(goal, now, trail, true) ??
    settle(goal, now, trail) ??
    refuseAll(unseen(goal, now)) ??
    roll(goal, now, trail) ?? { is: 'nothing' }
  )
}

/**
 * The gate, and what follows from passing it: that members served with their conf releases is noted, and a roll that had to put
 * something back ends. Where this run did nothing and nothing is to be done, nothing is waited for either.
 */
function settle(goal: Goal, now: EnsembleFacts, trail: Trail): Next | undefined {
  const notes = unrecorded(goal, now)
  const changes = goal.kind === 'converge' && changesMembers(goal, now)
  const idle = trail.done.length === 0 && notes.length === 0 && toRestart(goal, now).length === 0 && !changes
  // Members outside of --hosts that do not serve matter only for what would be taken down.
  if (idle && !unsure(now)) return undefined
  const pending = gate(goal, now, trail)
  if (pending !== undefined) return waitFor(goal, now, trail, pending)
  return record(goal, now, trail, notes) ?? refuseAll(stoppedRoll(goal, now, trail))
}

/** Somebody serves and could not say who belongs: that has to be known before nothing is left to do. */
const unsure = (now: EnsembleFacts): boolean => someoneServes(now) && now.config.is !== 'present'

function waitFor(goal: Goal, now: EnsembleFacts, trail: Trail, pending: Pending): Next {
  const hopeless = pending.hosts.length > 0 && pending.hosts.every((host) => isLeftAlone(goal, now, host))
  if (!hopeless && !timedOut(goal, now, trail)) return { is: 'wait', ...pending }
  const why = now.config.is === 'unknown' ? `; /zookeeper/config: ${now.config.why.got}` : ''
  const session = now.members.find(
    (each) => pending.through?.includes(each.host) && each.session.is === 'unknown',
  )?.session
  const tried = session?.is === 'unknown' ? `; ${session.why.got}` : ''
  return refuse(
    new Failure({
      host: pending.hosts.length === 1 ? pending.hosts[0] : undefined,
      step:
        trail.done.length > 0 ? 'wait for the members after the last step' : 'wait until a member may be taken down',
      got: `waited in vain for ${pending.for}${why}${tried}${differing(goal, now)}`,
      hint: 'nothing more is taken down; `status` shows the members, and the next run goes on from here',
      exit: unreachable(goal, now).length > 0 ? 1 : 5,
    }),
    ...unseen(goal, now),
  )
}

/** Down, and --hosts keeps this run from starting it. */
function isLeftAlone(goal: Goal, now: EnsembleFacts, host: string): boolean {
  const member = now.members.find((each) => each.host === host)
  return member !== undefined && !mayChange(goal, host) && serverOf(member) === undefined
}

function differing(goal: Goal, now: EnsembleFacts): string {
  const left = toRestart(goal, now).map(({ member }) => `${member.host} runs ${serverOf(member)?.conf ?? 'nothing'}`)
  return left.length === 0 ? '' : `; not yet on the wanted conf release: ${left.join(', ')}`
}

/** Members that serve with another conf release than was noted last. */
const unrecorded = (goal: Goal, now: EnsembleFacts): readonly MemberFacts[] =>
  shouldServe(goal, now).filter((member) => {
    const server = serverOf(member)
    return (
      server !== undefined &&
      servesAsWanted(now, member) &&
      mayChange(goal, member.host) &&
      member.laid.is === 'present' &&
      member.laid.value.served.is !== 'unknown' &&
      server.conf !== unknownConf &&
      server.conf !== servedOf(member)
    )
  })

function record(goal: Goal, now: EnsembleFacts, trail: Trail, members: readonly MemberFacts[]): Next | undefined {
  const noted = trail.done.some(({ step }) => step.kind === 'record' && step.founded !== undefined)
  const founded = !noted && foundingIsDone(now) && now.founding.is === 'present' ? now.founding.value : undefined
  if (members.length === 0 && founded === undefined) return undefined
  const again = members.filter((member) => timesNoted(trail, member) > 1 + goal.members.length)
  if (again.length > 0) return refuseAll(again.map(({ host }) => notNoted(host)))
  const served = members.flatMap((member) => {
    const server = serverOf(member)
    return server === undefined ? [] : [{ host: member.host, conf: server.conf }]
  })
  const step = { kind: 'record' as const, served, ...(founded === undefined ? {} : { founded }) }
  return { is: 'step', step, reason: founded === undefined ? 'serves with it' : 'a quorum serves' }
}

/** How often the conf release that a member serves with was noted last, in vain as it seems: a way of several stages notes each of them. */
function timesNoted({ done }: Trail, member: MemberFacts): number {
  const notes = done.flatMap(({ step }) => (step.kind === 'record' ? step.served : []))
  const confs = notes.filter(({ host }) => host === member.host).map(({ conf }) => conf)
  return confs.length - 1 - confs.findLastIndex((conf) => conf !== serverOf(member)?.conf)
}

const notNoted = (host: string) =>
  new Failure({
    host,
    step: 'note the conf release it serves with',
    got: 'the note is not there',
    hint: 'see the failures before this one',
  })

const neverFounded = (goal: Goal) =>
  new Failure({
    step: 'start the members',
    got: `no host holds data of the ensemble ${goal.ensemble}`,
    hint: 'nothing was founded yet: `up` does that',
    exit: 5,
  })
