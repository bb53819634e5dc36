import { isDeepStrictEqual } from 'node:util'
import type { Emit } from '../model/event.ts'
import {
  type Failure,
  failuresOf,
  LockHeld,
  LockLost,
  NoMajority,
  NotBegun,
  OutcomeUnknown,
  Refused,
} from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Goal } from './desired.ts'
import { type EnsembleFacts, type MemberFacts, memberOf } from './facts.ts'
import { type Glance, type Pause, pausesOf } from './pause.ts'
import type { Foreseen } from './plan/foresee.ts'
import { sessionsDue } from './plan/gate.ts'
import { whenInterrupted } from './plan/interrupted.ts'
import { nextStep } from './plan/next-step.ts'
import { type Next, partOf, type Step } from './plan/step.ts'
import { addStep, beginTrail, timedOut, type Trail, witness } from './plan/trail.ts'
import { type Tasks, tasks } from './tasks.ts'

/** What the loop touches the world through. */
export interface Io {
  /** `through`: it opens a session through each of these members that serves */
  observe(wish: { readonly through?: readonly HostName[] }): Promise<EnsembleFacts>
  /** rejects with a Failure (or several): what it did then is not assumed but observed */
  act(step: Step): Promise<void>
  /** times how long writes are impossible more closely than the observations do; may be left out */
  readonly glance?: Glance
  readonly emit: Emit
  readonly interrupted: AbortSignal
  sleep(ms: number): Promise<void>
}

/** What came of it. Without failures the goal is reached. */
export interface Outcome {
  readonly did: readonly Foreseen[]
  /** as observed last */
  readonly facts: EnsembleFacts
  readonly failures: readonly Failure[]
  /** when no write could be acknowledged, by what this run took down */
  readonly pauses: readonly Pause[]
}

/** ms between two observations of something that is waited for */
const poll = 50

/**
 * Observes, does the next step, and again, until the goal is reached, refused, or this run is interrupted: one member at a time, each step
 * finished before Ctrl-C is looked at. Failures are in the outcome, with what was done before them; it rejects only for defects.
 */
export async function advance(goal: Goal, io: Io): Promise<Outcome> {
  const show = tasks(io.emit)
  const did: Foreseen[] = []
  const troubles: Failure[] = []
  let facts = await io.observe({})
  let trail = beginTrail(facts.at)
  let refused: Step | undefined
  const timed = pausesOf(goal, io.glance)
  for (;;) {
    timed.observed(facts)
    trail = witness(trail, facts)
    const next = (io.interrupted.aborted ? whenInterrupted : nextStep)(goal, facts, trail)
    if (next.is === 'wait') {
      show.waits(next)
      facts = await observeAgain(io, facts, next, { trail, due: sessionsDue(goal, facts, trail) })
    } else if (next.is === 'step') {
      if (!isDeepStrictEqual(next.step, refused)) show.begins(next, goal, facts)
      timed.begins(next.step, facts)
      const failures = await attempt(io, next.step)
      const begun = begunOf(next.step, failures)
      const before = facts
      if (begun === undefined) await io.sleep(poll)
      facts = await io.observe({ through: sessionsDue(goal, before, trail) })
      refused = begun === undefined ? next.step : undefined
      if (begun !== undefined) {
        did.push({ step: begun, reason: next.reason })
        troubles.push(...failures.filter((failure) => !isNotBegun(failure)))
        trail = addStep(trail, begun, before, facts.at, !failures.every(isNotBegun))
      }
      const isVain = begun === undefined && timedOut(goal, facts, trail)
      if (isVain || failures.some(endsIt)) {
        timed.observed(facts)
        show.fails(next.step, failures)
        return finish(show, { did, facts, failures, pauses: timed.all() })
      }
    } else {
      const failures = next.is === 'refuse' ? [...troubles.filter(isUntold(next.why)), ...next.why] : []
      if (next.is === 'nothing') show.overcome(troubles)
      return finish(show, { did, facts, failures, pauses: timed.all() })
    }
  }
}

/** The lock is another's or on too few hosts, or it was refused where it acted: nothing more is done, also nothing put back. */
const endsIt = (failure: Failure): boolean =>
  [LockLost, LockHeld, NoMajority, Refused].some((ends) => failure instanceof ends)

const isNotBegun = (failure: Failure): boolean => failure instanceof NotBegun || failure instanceof NoMajority

/** A call that broke off: what it did is observed, and where its host cannot be, that is told. */
const isUntold =
  (why: readonly Failure[]) =>
  (trouble: Failure): boolean =>
    !(trouble instanceof OutcomeUnknown && why.some(({ host }) => host === trouble.host))

/** What of a step was begun: only that is a try. The majority is looked at before anything of a step is done. */
function begunOf(step: Step, failures: readonly Failure[]): Step | undefined {
  const not = failures.filter(isNotBegun)
  if (not.some(({ host }) => host === undefined)) return undefined
  return not.length === 0 ? step : partOf(step, (host) => !not.some((failure) => failure.host === host))
}

async function attempt(io: Io, step: Step): Promise<readonly Failure[]> {
  try {
    await io.act(step)
    return []
  } catch (thrown) {
    return failuresOf(thrown, step.kind)
  }
}

const canTry = (member: MemberFacts | undefined): boolean =>
  member?.serving.is === 'present' && member.session.is === 'absent'

/** A session that was not tried yet through a member that serves is tried at once; everything else needs time. */
async function observeAgain(
  io: Io,
  facts: EnsembleFacts,
  next: Next & { is: 'wait' },
  { trail, due }: { readonly trail: Trail; readonly due: readonly HostName[] },
): Promise<EnsembleFacts> {
  // What takes long is looked at less often: a few percent of the wait more.
  const waited = facts.at - (trail.done.at(-1)?.since ?? trail.began)
  const through = [...(next.through ?? []), ...due]
  if (!through.some((host) => canTry(memberOf(facts, host)))) await io.sleep(Math.min(500, Math.max(poll, waited / 30)))
  return io.observe({ through })
}

function finish(show: Tasks, outcome: Outcome): Outcome {
  show.ends(outcome.failures, outcome.facts)
  return outcome
}
