import type { Fact } from '../model/fact.ts'
import type { HostName } from '../model/names.ts'
import type { Goal } from './desired.ts'
import { type EnsembleFacts, leaderOf, memberOf, nonceOf, type Serving } from './facts.ts'
import { whyNotDown } from './plan/majority.ts'
import { endsServing, hostsOf, replacesServer, type Step } from './plan/step.ts'

/** A span in which no write could be acknowledged, for a step of this run took the leader down, or a majority with it. */
export interface Pause {
  /** the member that was taken down */
  readonly host: HostName
  /** ms; null: writes were not seen to be possible again */
  readonly atMost: number | null
}

/** Looks at one member alone, beside the loop's own observations. */
export interface Glance {
  /** never rejects */
  serving(host: HostName): Promise<Fact<Serving>>
  /** ms since the epoch, by the clock of `EnsembleFacts.at` */
  now(): number
  sleep(ms: number): Promise<void>
}

export interface Timing {
  /** one of the loop's own observations after the step */
  observed(facts: EnsembleFacts): void
  /** ends the looking; undefined where the step is seen to have stopped nothing */
  end(): Pause | undefined
}

/** ms between two looks at one member */
const every = 25

/** The epoch of a zxid: it grows with each new leader. */
const epochOf = (zxid: string): string => zxid.slice(0, 8)

/**
 * Times how long a step keeps writes from being acknowledged: from the last moment at which the leader of before was seen serving to the
 * first at which one of a later epoch was, or a session (a quorum's write) through the member that was restarted; and so of a leader that
 * moves, or is stopped with all others. The truth lies within, so it is an upper bound. `srvr` is answered by servers that serve alone, and
 * a leader serves only once a quorum follows it. Undefined for steps that leave leader and majority alone.
 */
export function timePause(step: Step, before: EnsembleFacts, glance?: Glance): Timing | undefined {
  const leader = leaderOf(before)
  const hosts = hostsOf(step)
  if (leader === undefined) return undefined
  const takesLeader = hosts.includes(leader.host)
  const host = takesLeader ? leader.host : hosts[0]
  if (host === undefined) return undefined
  // A leader that gets another place, or loses it, may give up leading.
  const mayMove = step.kind === 'reconfig' && takesLeader
  if (!replacesServer(step) && !endsServing(step) && !mayMove) return undefined
  if (!takesLeader && whyNotDown(before, hosts) === undefined) return undefined
  const epoch = epochOf(leader.serving.value.zxid)
  const former = nonceOf(memberOf(before, host))
  // One that is reconfigured away goes on saying that it leads once nobody follows it.
  const seen: Span = { from: before.at, ...(takesLeader && !mayMove ? { leader: leader.host } : {}) }
  let last = before
  const ended = new AbortController()
  if (glance !== undefined)
    for (const member of before.members) void watch(seen, epoch, { of: member.host, glance, ended: ended.signal })
  return {
    observed(facts) {
      last = facts
      const now = leaderOf(facts)
      const isNew = now !== undefined && epochOf(now.serving.value.zxid) > epoch
      const hasWritten = nonceOf(memberOf(facts, host)) !== former && memberOf(facts, host)?.session.is === 'present'
      if (isNew || hasWritten) seen.until ??= facts.at
    },
    end() {
      ended.abort()
      if (seen.until !== undefined) return { host, atMost: seen.until - seen.from }
      const isUntouched = nonceOf(memberOf(last, host)) === former && leaderOf(last)?.host === leader.host
      return isUntouched ? undefined : { host, atMost: null }
    },
  }
}

/** `leader`: the one of before, while it goes on serving. */
interface Span {
  from: number
  until?: number
  leader?: HostName
}

async function watch(
  seen: Span,
  epoch: string,
  { of, glance, ended }: { of: HostName; glance: Glance; ended: AbortSignal },
): Promise<void> {
  while (!ended.aborted && seen.until === undefined) {
    const sent = glance.now()
    const fact = await glance.serving(of)
    const zxid = fact.is === 'present' && fact.value.mode === 'leader' ? fact.value.zxid : undefined
    if (zxid !== undefined && epochOf(zxid) > epoch) seen.until ??= glance.now()
    else if (of === seen.leader && zxid !== undefined) seen.from = Math.max(seen.from, sent)
    else if (of === seen.leader) delete seen.leader
    await glance.sleep(every)
  }
}

/** The pauses of a whole run, one step's after the other's; none of one that is asked to stop all. */
export function pausesOf({ kind }: Pick<Goal, 'kind'>, glance: Glance | undefined) {
  const pauses: Pause[] = []
  let timing: Timing | undefined
  const ends = (): void => {
    const pause = timing?.end()
    if (pause !== undefined) pauses.push(pause)
    timing = undefined
  }
  return {
    begins(step: Step, before: EnsembleFacts): void {
      // Nobody leads yet: what an earlier step took down goes on, such as a stop of all through the start after it.
      if (kind === 'stop' || leaderOf(before) === undefined) return
      ends()
      timing = timePause(step, before, glance)
    },
    observed: (facts: EnsembleFacts): void => timing?.observed(facts),
    all(): readonly Pause[] {
      ends()
      return pauses
    },
  }
}
