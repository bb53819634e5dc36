import { Interrupted } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { Goal } from '../desired.ts'
import type { EnsembleFacts } from '../facts.ts'
import { foresee, type Foreseen } from './foresee.ts'
import { nextStep } from './next-step.ts'
import { hostsOf, named, type Next, refuse, type Step } from './step.ts'
import type { Trail } from './trail.ts'

/**
 * What is next after Ctrl-C: the step under way is finished first, with its gate and, if it has to be, with putting back. What this run
 * stopped in order to start it anew is started: it stands still, and nothing else would start it. Then it is an Interrupted that says what is left.
 */
export function whenInterrupted(goal: Goal, now: EnsembleFacts, trail: Trail): Next {
  const next = nextStep(goal, now, trail)
  const finishes = next.is === 'step' && (['put-back', 'record'].includes(next.step.kind) || isOwed(next.step, trail))
  if (next.is === 'refuse' || next.is === 'nothing') return next
  if (trail.done.length > 0 && (next.is === 'wait' || finishes)) return next
  const left = foresee(goal, now).filter(({ step }) => step.kind !== 'record')
  const words = left.map(({ step }) => `${step.kind} ${named(hostsOf(step))}`).join('; ')
  return refuse(
    new Interrupted({
      step: 'bring the ensemble to what the inventory asks for',
      got: `interrupted between two steps; left to do: ${words === '' ? 'nothing' : words}`,
      hint: hintOf(goal, left),
    }),
  )
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
