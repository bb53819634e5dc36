import { stopGoal } from '../ensemble/desired.ts'
import { drive } from './shared/drive.ts'
import type { Result } from './shared/result.ts'
import type { Run } from './shared/run.ts'

/** Stops the whole ensemble, followers before the leader; data stays untouched. */
export const stop = (run: Run): Promise<Result> =>
  drive(run, {
    goal: () => stopGoal(run.inventory, run.options),
    judged: (status) => ({ ...status, exit: 0 }),
  })
