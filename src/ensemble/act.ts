import type { FoundingRecord } from '../local/founding.ts'
import type { Fact } from '../model/fact.ts'
import { NotBegun, onHost } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import { together } from '../model/together.ts'
import { crontab } from '../remote/crontab.ts'
import { member as change, type MemberDone } from '../remote/member.ts'
import type { Locked } from '../remote/remote.ts'
import { served } from '../remote/served.ts'
import { formatMember } from '../zookeeper/config.ts'
import type { Reconfig } from '../zookeeper/zookeeper.ts'
import { begunOn, type Goal, idOf } from './desired.ts'
import { type EnsembleFacts, type Left, type MemberLaid, memberOf, servingOf } from './facts.ts'
import { whyNotNow } from './plan/majority.ts'
import { whyNotRejoin } from './plan/rejoin.ts'
import { named, type Step, type Turn } from './plan/step.ts'

/** What steps are done with: all of it exists only under the lock. */
export interface Hands {
  /** takes its lock first where that could not be done before; rejects with a NotBegun where it still cannot be done */
  locked(host: HostName): Promise<Locked>
  /** rejects with exit 6 unless a majority still answers that the lock is ours */
  stillHeld(): Promise<void>
  /** aborted once the lock was lost anywhere */
  readonly lost: AbortSignal
  /** the members as they are now: a step looks again where it acts */
  look(): Promise<EnsembleFacts>
  saveFounding(record: FoundingRecord): Promise<void>
  /** rejects with a NotBegun where nothing was changed */
  reconfigure(host: HostName, change: Reconfig, left: Left | undefined): Promise<void>
  /** these members left, and were seen stopped or are given up */
  noteGone(ids: readonly number[]): Promise<void>
}

/** What lies on the hosts of a step after it, where the step itself told. */
export type Told = ReadonlyMap<HostName, Fact<MemberLaid>>
const nothing: Told = new Map()

/** Does one step: its hosts side by side, one call each. Rejects with a Failure, or with all of them; what was done then is observed. */
export async function act(goal: Goal, step: Step, hands: Hands): Promise<Told> {
  if (hands.lost.aborted) throw hands.lost.reason
  switch (step.kind) {
    case 'found':
      // The record first: a founding that no record knows of could not be told from foreign data.
      await hands.stillHeld()
      await hands.saveFounding(begunOn(goal, step.founding, step.recorded))
      return onEach(hands, step.turns, (host, turn) => turnOver(goal, host, turn, step))
    case 'join':
      return onEach(hands, await stillDown(step.turns, hands), (host, turn) => turnOver(goal, host, turn, step))
    case 'reconfig':
      await hands.stillHeld()
      await hands.reconfigure(step.hosts[0], step.change, step.left)
      return nothing
    case 'record':
      await record(step, hands)
      return nothing
    case 'stop': {
      await hands.stillHeld()
      return onEach(
        hands,
        step.hosts.map((host) => ({ host })),
        async (host) => {
          const owner = ownerIn(goal, host.host, step.founding)
          // Where the crontab cannot be changed, cron finds that nothing is wanted.
          if (step.leaves === true) await host.change(crontab, { lines: '', owner })
          return host.change(change, { stop: true, owner, patience: patienceOf(goal) })
        },
      )
    }
    case 'restart':
      await recheckRestart(goal, step.turns, hands)
      return onEach(hands, step.turns, (host, turn) => turnOver(goal, host, turn))
    case 'rejoin':
      await recheckRejoin(step.turns[0].host, hands)
      return onEach(hands, step.turns, (host, turn) => turnOver(goal, host, turn, step))
    case 'start':
    case 'put-back':
      return onEach(hands, await stillDown(step.turns, hands), (host, turn) => turnOver(goal, host, turn))
  }
}

/** One call: stop, set aside, found, switch, start, each where it is asked for. */
async function turnOver(
  goal: Goal,
  host: Locked,
  turn: Turn,
  first?: Step & { kind: 'found' | 'join' | 'rejoin' },
): Promise<MemberDone> {
  const id = idOf(goal, turn.host)
  const found = first && {
    ensemble: goal.ensemble,
    founding: first.founding,
    host: turn.host,
    id,
    members: first.lines.map(formatMember),
    initialize: first.kind === 'found',
    ...(first.kind === 'join' && first.anew ? { anew: true } : {}),
  }
  return host.change(change, {
    ...(found === undefined ? {} : { found }),
    ...(first?.kind === 'rejoin' ? { aside: true, owner: ownerIn(goal, turn.host, first.founding) } : {}),
    ...(turn.stop ? { stop: true, patience: patienceOf(goal) } : {}),
    ...(turn.switch ? { switch: turn.conf } : {}),
    start: true,
  })
}

/** Whose data a host has to hold for its server to be stopped or its data to be set aside. */
const ownerIn = (goal: Goal, host: HostName, founding: string | undefined) => ({
  ensemble: goal.ensemble,
  host,
  id: idOf(goal, host),
  ...(founding === undefined ? {} : { founding }),
})

/** Seconds that another start or stop on a host may take before this one: within the call's own time. */
const patienceOf = (goal: Goal): number => Math.min(20, goal.timeout / 2_000)

async function recheckRestart(goal: Goal, turns: readonly Turn[], hands: Hands): Promise<void> {
  const [now] = await Promise.all([hands.look(), hands.stillHeld()])
  const hosts = turns.map(({ host }) => host)
  const got = whyNotNow(goal, now, hosts)
  if (got === undefined) return
  const step = `take down ${named(hosts)} for a restart`
  // The loop observes again and decides anew.
  throw new NotBegun({ host: hosts[0], step, got, hint: 'see `status`, and run it again' })
}

/** The last look before a member's own data is given up: the others may have died since. */
async function recheckRejoin(host: HostName, hands: Hands): Promise<void> {
  const [now] = await Promise.all([hands.look(), hands.stillHeld()])
  const got = whyNotRejoin(now, host)
  if (got !== undefined)
    throw new NotBegun({ host, step: 'set the data of the member aside', got, hint: 'see `status`, and run it again' })
}

/** A member that came to serve meanwhile is not taken down any more. */
async function stillDown(turns: readonly Turn[], hands: Hands): Promise<readonly Turn[]> {
  if (!turns.some(({ stop }) => stop)) return turns
  const [now] = await Promise.all([hands.look(), hands.stillHeld()])
  return turns.filter(({ host, stop }) => {
    const member = memberOf(now, host)
    return !stop || member === undefined || servingOf(member) === undefined
  })
}

async function record(step: Step & { kind: 'record' }, hands: Hands): Promise<void> {
  if (step.founded !== undefined) await hands.saveFounding({ ...step.founded, state: 'done' })
  if (step.gone !== undefined) await hands.noteGone(step.gone)
  await onEach(hands, step.served, async (host, { conf }) => {
    await host.change(served, { conf })
    return {}
  })
}

async function onEach<T extends { host: HostName }>(
  hands: Hands,
  turns: readonly T[],
  work: (host: Locked, turn: T) => Promise<Partial<Pick<MemberDone, 'laid'>>>,
): Promise<Told> {
  const told = await together(
    turns.map((turn) =>
      onHost(turn.host, async () => {
        const { laid } = await work(await hands.locked(turn.host), turn)
        return laid === undefined ? [] : [[turn.host, laid] as const]
      }),
    ),
  )
  return new Map(told.flat())
}
