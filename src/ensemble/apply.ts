import { isDeepStrictEqual } from 'node:util'
import type { Emit } from '../model/event.ts'
import {
  type Failure,
  Interrupted,
  LockHeld,
  LockLost,
  NoMajority,
  NotBegun,
  OutcomeUnknown,
  Refused,
  failuresOf,
} from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Goal } from './desired.ts'
import { memberOf, type EnsembleFacts } from './facts.ts'
import { pausesOf, type Glance, type Pause } from './pause.ts'
import { foresee, type Foreseen } from './plan/foresee.ts'
import { nextStep } from './plan/next-step.ts'
import { hostsOf, named, partOf, type Next, type Step } from './plan/step.ts'
import { addStep, beginTrail, timedOut, witness, type Trail } from './plan/trail.ts'
import { tasks, type Tasks } from './tasks.ts'

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
  let wished: readonly HostName[] | undefined
  const timed = pausesOf(goal, io.glance)
  for (;;) {
    timed.observed(facts)
    trail = witness(trail, facts)
    const next = interrupted(goal, facts, trail, io) ?? nextStep(goal, facts, trail)
    if (next.is === 'wait') {
      show.waits(next)
      wished = next.through
      facts = await observeAgain(io, facts, next, trail)
    } else if (next.is === 'step') {
      if (!isDeepStrictEqual(next.step, refused)) show.begins(next, goal, facts)
      timed.begins(next.step, facts)
      const failures = await attempt(io, next.step)
      const begun = begunOf(next.step, failures)
      const before = facts
      if (begun === undefined) await io.sleep(poll)
      // What is noted while the others are yet to come keeps nobody from looking at these.
      facts = await io.observe({ through: untried(wished, before) })
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

/** Those of them through which no session was tried yet. */
const untried = (hosts: readonly HostName[] = [], facts: EnsembleFacts): readonly HostName[] =>
  hosts.filter((host) => memberOf(facts, host)?.session.is === 'absent')

/** A session that was not tried yet through a member that serves is tried at once; everything else needs time. */
async function observeAgain(
  io: Io,
  facts: EnsembleFacts,
  { through = [] }: Next & { is: 'wait' },
  trail: Trail,
): Promise<EnsembleFacts> {
  // What takes long is looked at less often: a few percent of the wait more.
  const waited = facts.at - (trail.done.at(-1)?.since ?? trail.began)
  const isDue = untried(through, facts).some((host) => memberOf(facts, host)?.serving.is === 'present')
  if (!isDue) await io.sleep(Math.min(500, Math.max(poll, waited / 30)))
  return io.observe({ through })
}

/**
 * Ctrl-C: the step under way is finished first, with its gate and, if it has to be, with putting back. What this run stopped in order to start
 * it anew is started: it stands still, and nothing else would start it.
 */
function interrupted(goal: Goal, facts: EnsembleFacts, trail: Trail, io: Io): Next | undefined {
  if (!io.interrupted.aborted) return undefined
  const next = nextStep(goal, facts, trail)
  const finishes = next.is === 'step' && (['put-back', 'record'].includes(next.step.kind) || isOwed(next.step, trail))
  if (next.is === 'refuse' || next.is === 'nothing') return next
  if (trail.done.length > 0 && (next.is === 'wait' || finishes)) return next
  const left = foresee(goal, facts).filter(({ step }) => step.kind !== 'record')
  const words = left.map(({ step }) => `${step.kind} ${named(hostsOf(step))}`).join('; ')
  const why = new Interrupted({
    step: 'bring the ensemble to what the inventory asks for',
    got: `interrupted between two steps; left to do: ${words === '' ? 'nothing' : words}`,
    hint: hintOf(goal, left),
  })
  return { is: 'refuse', why: [why] }
}

/** It starts members of which the last thing that this run did was to stop them. */
function isOwed(step: Step, { done }: Trail): boolean {
  if (step.kind !== 'start') return false
  const last = (host: HostName) => done.findLast((each) => hostsOf(each.step).includes(host))
  return step.turns.some(({ host }) => last(host)?.step.kind === 'stop')
}

/** A restart begins anew each time: what is left of it has to be said. */
function hintOf(goal: Goal, left: readonly Foreseen[]): string {
  const hosts = goal.kind === 'serve' && goal.restart !== undefined ? left.flatMap(({ step }) => hostsOf(step)) : []
  return hosts.length === 0
    ? 'run the same command again: it goes on from here'
    : `restart with --hosts ${hosts.join(',')} does the rest`
}

function finish(show: Tasks, outcome: Outcome): Outcome {
  show.ends(outcome.failures, outcome.facts)
  return outcome
}
