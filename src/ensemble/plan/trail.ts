import type { HostName, ReleaseName } from '../../model/names.ts'
import type { Goal } from '../desired.ts'
import { type EnsembleFacts, leaderOf, type MemberFacts, memberOf, serverOf, servingOf } from '../facts.ts'
import { hostsOf, type Step } from './step.ts'

/** What this run did so far. With it `nextStep` knows what it waits for, since when, and what was tried in vain. */
export interface Trail {
  /** when the loop began; ms since the epoch */
  readonly began: number
  readonly done: readonly Done[]
}

export interface Done {
  readonly step: Step
  /** what was known when it was decided */
  readonly before: EnsembleFacts
  /** when it came back, whatever came of it */
  readonly since: number
  /** its hosts that were seen serving afterwards */
  readonly seen: readonly HostName[]
  /** it came back with a failure: how far it came is not known */
  readonly failed: boolean
}

export const beginTrail = (began: number): Trail => ({ began, done: [] })

export const addStep = (trail: Trail, step: Step, before: EnsembleFacts, since: number, failed = false): Trail => ({
  ...trail,
  done: [...trail.done, { step, before, since, seen: [], failed }],
})

/** Notes who is seen serving, by another process than before the step: what was tried on these has succeeded. */
export function witness(trail: Trail, now: EnsembleFacts): Trail {
  const serves = (host: HostName, before: EnsembleFacts) => {
    const member = memberOf(now, host)
    const server = member && servingOf(member) && serverOf(member)
    const former = memberOf(before, host)
    return server !== undefined && server.nonce !== (former && serverOf(former)?.nonce)
  }
  const seenOf = ({ step, before, seen }: Done) =>
    hostsOf(step).filter((host) => seen.includes(host) || serves(host, before))
  return { ...trail, done: trail.done.map((done) => ({ ...done, seen: seenOf(done) })) }
}

/** One way that a host was started in this run. */
export interface Try {
  readonly kind: 'found' | 'join' | 'start' | 'restart' | 'rejoin' | 'put-back'
  readonly conf: ReleaseName
  readonly from?: ReleaseName
  readonly seen: boolean
}

/** All starts of a host in this run, in order. */
export const triesOf = (trail: Trail, host: HostName): readonly Try[] =>
  trail.done.flatMap(({ step, seen }) => {
    if (!('turns' in step)) return []
    const turn = step.turns.find((each) => each.host === host)
    return turn === undefined ? [] : [{ ...turn, kind: step.kind, seen: seen.includes(host) }]
  })

/** Those since it was last seen serving: they were in vain so far. */
export function vainTries(trail: Trail, host: HostName): readonly Try[] {
  const all = triesOf(trail, host)
  return all.slice(all.findLastIndex(({ seen }) => seen) + 1)
}

export const timesDone = (trail: Trail, kind: Step['kind'], host: HostName): number =>
  trail.done.filter(({ step }) => step.kind === kind && hostsOf(step).includes(host)).length

/** The member as it was seen before the last such step there. */
export function memberBefore(trail: Trail, host: HostName, kind: Step['kind']): MemberFacts | undefined {
  const last = trail.done.findLast(({ step }) => step.kind === kind && hostsOf(step).includes(host))
  return last && memberOf(last.before, host)
}

/** Hosts whose server this run started, or whose place among the members it changed; the gate asks more of them. */
export const startedHere = (trail: Trail, member: MemberFacts): boolean =>
  triesOf(trail, member.host).length + timesDone(trail, 'reconfig', member.host) > 0

/** The zxid that a host has to reach: the leader's from before the last time it was started here. */
export function zxidBefore(trail: Trail, host: HostName): string | undefined {
  const last = trail.done.findLast(
    ({ step }) => step.kind !== 'record' && step.kind !== 'stop' && hostsOf(step).includes(host),
  )
  const leader = last && leaderOf(last.before)
  return leader && servingOf(leader)?.zxid
}

/** Bytes of data that a member can be expected to load or fetch within a millisecond. */
const syncRate = 20_000

/** ms that the last step may take until everything serves: the goal's time, and that to sync the data. */
export function stepTime(goal: Goal, now: EnsembleFacts, trail: Trail): number {
  const known = [now, ...trail.done.map(({ before }) => before)]
  const sizes = known.flatMap(({ members }) => members.map((member) => servingOf(member)?.leading?.dataBytes ?? 0))
  return goal.timeout + Math.max(0, ...sizes) / syncRate
}

export const timedOut = (goal: Goal, now: EnsembleFacts, trail: Trail): boolean =>
  now.at - (trail.done.at(-1)?.since ?? trail.began) >= stepTime(goal, now, trail)
