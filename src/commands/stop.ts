import { stopGoal } from '../ensemble/desired.ts'
import { drive } from './shared/apply/drive.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** Stops the whole ensemble, followers before the leader; data stays untouched. */
export const stop = (run: Run): Promise<Result> =>
  drive(run, {
    goal: () => stopGoal(run.inventory, run.options),
    judged: (status) => ({ ...status, exit: 0 }),
  })
