import type { Goal } from '../../../ensemble/desired.ts'
import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import { foresee, stopsService } from '../../../ensemble/plan/foresee.ts'
import { leavers } from '../../../ensemble/plan/leavers.ts'
import type { Logout } from '../../../ensemble/plan/logout.ts'
import { named } from '../../../ensemble/plan/step.ts'
import { votesInTheWay } from '../../../ensemble/plan/super-user.ts'
import { Failure, throwAll } from '../../../model/failure.ts'
import type { HostName } from '../../../model/names.ts'
import type { Planned } from '../plan/planned.ts'
import type { Run } from './run.ts'
import { mayShrink, type ShrinkOptions } from './shrink.ts'

// What the person is asked, each answered ahead by --yes: before the lock is taken, as far as it is known by then.

/** What a person said of a plan of `up`. */
export interface Answers {
  readonly mayStopService: boolean
  readonly mayLeaveUnseen: ReadonlySet<HostName>
}

/** All that `up` asks of its plan; rejects as confirm. */
export async function askAll(run: Run<ShrinkOptions>, planned: Planned, now: EnsembleFacts): Promise<Answers> {
  await askToShrink(run, planned.shrinks)
  const mayStopService = await askIfServiceStops(run, planned.goal, now)
  await askAtLogout(run, planned.logout)
  return { mayStopService, mayLeaveUnseen: await askWhoLeaves(run, planned, now) }
}

/** Asks, unless --yes was given; rejects where the answer is another, and with exit 3 where nobody can be asked. */
export async function confirm(
  run: Pick<Run, 'options' | 'ask'>,
  question: string,
  answer = 'yes',
  hint = 'nothing was changed',
): Promise<void> {
  if (run.options.yes) return
  const given = await run.ask.line(`${question} Type ${answer} to go on:`)
  if (given.trim() === answer) return
  throw new Failure({ step: 'confirm', got: `not confirmed: ${question}`, hint, exit: 130 })
}

/** Asks where the way to the goal takes the quorum down, and whether it does; the goal is one that may. */
export async function askIfServiceStops(run: Run, goal: Goal, now: EnsembleFacts): Promise<boolean> {
  const stops = stopsService(goal, now)
  if (!stops) return false
  // Only expired certificates make a goal other than `stop` end servers that serve, and that belong.
  const isOverdue = foresee(goal, now).some(({ step }) => step.kind === 'stop' && step.leaves !== true)
  const gone = votesInTheWay(goal, now)
  await confirm(
    run,
    isOverdue
      ? 'Certificates between members have expired: the service stops while all get new ones together.'
      : gone.length > 0
        ? `Until all others know the new passwords ${named(gone)} cannot be removed: the service stops while each of them restarts.`
        : 'With one or two participants the service stops while a member restarts or the leader moves.',
  )
  return true
}

/** Asks where the service stops as this run logs out, unless that was asked `before`. */
export async function askAtLogout(
  run: Pick<Run, 'options' | 'ask'>,
  logout: Logout | undefined,
  before?: Logout,
): Promise<void> {
  if (logout === undefined || logout.hosts.every((host) => before?.hosts.includes(host))) return
  const { hosts, reason } = logout
  await confirm(run, `On ${named(hosts)}: ${reason}. \`check\` tells what to ask the administrator for.`)
}

/** Asks where members leave; resolves to those of them that cannot be seen to stop. */
async function askWhoLeaves(run: Run, { goal, steps }: Planned, now: EnsembleFacts): Promise<ReadonlySet<HostName>> {
  const plan = steps.map(({ step }) => step)
  const { words, unseen } = leavers(goal, now, plan)
  if (words !== '') await confirm(run, words)
  return new Set(unseen)
}

/** Asks about what is refused of trees unless it is allowed; rejects with the refusals where nobody can be asked, and where the answer is no. */
export async function askToShrink(
  run: Pick<Run<ShrinkOptions>, 'options' | 'ask'>,
  refusals: readonly Failure[],
  hint?: string,
): Promise<void> {
  if (refusals.length === 0 || mayShrink(run)) return
  if (!run.ask.isPossible) throwAll(refusals)
  await confirm(run, refusals.map(({ step, got }) => `${step}: ${got}.`).join(' '), 'yes', hint)
}
