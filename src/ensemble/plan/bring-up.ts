import { Failure } from '../../model/failure.ts'
import type { ReleaseName } from '../../model/names.ts'
import { type Goal, mayChange } from '../desired.ts'
import {
  currentOf,
  type EnsembleFacts,
  lastWordsOf,
  type MemberFacts,
  provenDown,
  servedOf,
  serverOf,
  servingOf,
  someoneServes,
  stampOf,
} from '../facts.ts'
import { servesAsWanted, shouldServe, unseen } from './expected.ts'
import { isUntried } from './founding.ts'
import { toRestart } from './roll.ts'
import { expiredHosts } from './staged.ts'
import { named, type Next, refuseAll, type Step, type Turn } from './step.ts'
import { timedOut, type Trail, triesOf, type Try, vainTries } from './trail.ts'

/** No host is started more often than this in one run, whatever dies in between: the loop ends. */
const enough = 6

/** What is done next about a member that does not serve. */
type Rung = { readonly kind: 'start' | 'put-back'; readonly turn: Turn; readonly reason: string }

/**
 * Whatever does not serve is started, all at once; undefined where all that may be changed serves. A member is started as it is first: that
 * conf release is known to serve, and a new one is proven on one member at a time, in a roll, never on all that happen to be
 * down. Only what then does not come to serve is tried with the desired one (so that an edited inventory mends a member), and
 * what fails with that goes back to what it last served with. `asIs`: nothing is switched, but what this run switched itself.
 */
export function bringUp(goal: Goal, now: EnsembleFacts, trail: Trail, asIs: boolean): Next | undefined {
  const missing = shouldServe(goal, now).filter(
    (member) => !servesAsWanted(now, member) && mayChange(goal, member.host) && isFounded(goal, member, trail),
  )
  if (missing.length === 0) return undefined
  const late = timedOut(goal, now, trail)
  const failed = missing.filter(
    (member) => provenDown(member, now) && (serverOf(member) === undefined || late || isStranded(goal, member, trail)),
  )
  const rungs = failed.map((member) => nextRung(goal, now, member, trail, asIs))
  const fresh = failed.filter((member) => serverOf(member) === undefined && vainTries(trail, member.host).length === 0)
  const isFresh = ({ turn }: Rung) => fresh.some(({ host }) => host === turn.host)
  const known = rungs.filter((rung) => rung !== undefined)
  // First what was not tried at all, then back to what is known to serve, and only then on to what is not.
  const step =
    together('start', known.filter(isFresh)) ??
    together(
      'put-back',
      known.filter((rung) => rung.kind === 'put-back'),
    ) ??
    together('start', known)
  if (step !== undefined) return step
  const hopeless = failed.length === missing.length
  if (!late && !hopeless) {
    const hosts = missing.map(({ host }) => host)
    return { is: 'wait', for: `${named(hosts)} to serve`, hosts }
  }
  // With settings still to be rolled out this is a refusal to go on: another member down may cost the quorum (case 26).
  const exit = toRestart(goal, now).length > 0 && !asIs ? 5 : 1
  const expired = expiredHosts(goal, now)
  const told = missing.map((member) => notServing(member, trail, exit, expired.includes(member.host)))
  return refuseAll([...told, ...unseen(goal, now)])
}

/** What is half founded is completed once the others serve: it could not be started as it is. `start` completes nothing. */
const isFounded = (goal: Goal, member: MemberFacts, trail: Trail): boolean =>
  stampOf(member) !== undefined && (goal.kind !== 'converge' || !isUntried(member, trail))

function together(kind: Rung['kind'], rungs: readonly Rung[]): Next | undefined {
  const [first] = rungs
  if (first === undefined) return undefined
  const step: Step = { kind, turns: rungs.map(({ turn }) => turn) }
  return { is: 'step', step, reason: [...new Set(rungs.map(({ reason }) => reason))].join('; ') }
}

function nextRung(goal: Goal, now: EnsembleFacts, member: MemberFacts, trail: Trail, asIs: boolean): Rung | undefined {
  const { host } = member
  if (triesOf(trail, host).length >= enough) return undefined
  const tried = vainTries(trail, host)
  const server = serverOf(member)
  const ran = tried.at(-1)?.conf ?? server?.conf
  const current = currentOf(member)
  const conf = asIs
    ? nextAsIs(goal, now, member, tried)
    : isStranded(goal, member, trail)
      ? wantedConf(goal, member)
      : nextConf(goal, now, member, tried)
  if (conf === undefined) return undefined
  const former = ran ?? current
  const from = former === undefined || former === conf ? {} : { from: former }
  const turn: Turn = { host, conf, ...from, switch: current !== conf, stop: server !== undefined }
  const back = ran !== undefined && ran !== conf && conf === servedOf(member)
  return { kind: back ? 'put-back' : 'start', turn, reason: reasonOf(conf, ran, current, back) }
}

function reasonOf(conf: ReleaseName, ran: ReleaseName | undefined, current: ReleaseName | undefined, back: boolean) {
  if (ran === undefined) {
    return current === conf || current === undefined
      ? 'does not run'
      : `does not run; ${current} was never seen serving`
  }
  if (ran === conf) return 'runs and does not serve'
  return back
    ? `did not come to serve with ${ran}; ${conf} served last`
    : `did not come to serve with ${ran}; ${conf} is wanted`
}

/**
 * As it is, once; and back to what served, where this run had switched it. A server that hangs is left alone, unless it is to be replaced
 * and the others serve without it.
 */
function nextAsIs(goal: Goal, now: EnsembleFacts, member: MemberFacts, tried: readonly Try[]): ReleaseName | undefined {
  const last = tried.at(-1)
  const served = servedOf(member)
  const server = serverOf(member)
  if (last === undefined) {
    const replaced = goal.kind === 'serve' && server !== undefined && goal.restart?.get(member.host) === server.nonce
    return server === undefined || (replaced && someoneServes(now)) ? (currentOf(member) ?? served) : undefined
  }
  const switched = last.kind !== 'put-back' && last.from !== undefined
  return switched && served !== last.conf ? served : undefined
}

/** As it is it cannot serve, and nothing else was tried: nobody waits for it. */
const isStranded = (goal: Goal, { host }: MemberFacts, trail: Trail): boolean =>
  vainTries(trail, host).length === 0 && goal.members.find((each) => each.host === host)?.isStranded === true

const wantedConf = (goal: Goal, member: MemberFacts): ReleaseName | undefined =>
  goal.members.find(({ host }) => host === member.host)?.conf ?? currentOf(member)

/** The conf release to try next, after those that were tried in vain; undefined where none is left. */
function nextConf(goal: Goal, now: EnsembleFacts, member: MemberFacts, tried: readonly Try[]): ReleaseName | undefined {
  const want = wantedConf(goal, member)
  const last = tried.at(-1)
  if (last?.kind === 'put-back') return tried.some(({ conf }) => conf === want) ? undefined : want
  const failed = last?.conf ?? serverOf(member)?.conf
  if (failed === undefined) return currentOf(member) === want ? want : (servedOf(member) ?? want)
  const other = otherConf(want, servedOf(member), failed)
  if (other !== undefined && other !== failed) return other
  // A server that hangs: it is ended once, but only where the others serve without it.
  return last === undefined && someoneServes(now) ? failed : undefined
}

/** After what served last the wanted one, after anything else what served last. */
const otherConf = (want: ReleaseName | undefined, served: ReleaseName | undefined, failed: ReleaseName) =>
  failed === want ? served : failed === served ? want : (served ?? want)

function notServing(member: MemberFacts, trail: Trail, exit: 1 | 5, hasExpired: boolean): Failure {
  const { host } = member
  const server = serverOf(member)
  const tried = vainTries(trail, host).map(({ conf }) => conf)
  const what = tried.length > 0 ? `was started with ${named(tried)} and does not serve` : 'does not serve'
  const answer = member.serving.is === 'unknown' ? `; ${member.serving.why.got}` : ''
  const process = servingOf(member)
    ? 'another process or another role answers at its client port'
    : server === undefined
      ? `its server ended${lastWordsOf(member)}`
      : `its server (pid ${server.pid}) runs on`
  return new Failure({
    host,
    step: 'wait for the member to serve',
    got: `it ${what}: ${process}${answer}`,
    hint: hasExpired
      ? 'its certificate between members has expired: `up` gives all members new ones together'
      : `log/ below its home on ${host} says why: zookeeper.log, server.out, server.out.1; then run it again`,
    exit,
  })
}
