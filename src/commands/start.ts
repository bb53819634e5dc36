import { serveGoal } from '../ensemble/desired.ts'
import { drive } from './drive.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'
import { wantHealthy } from './status.ts'

/** Starts every member that was founded and does not serve, as it is. */
export const start = (run: Run): Promise<Result> =>
  drive(run, { goal: () => serveGoal(run.inventory, run.options), judged: wantHealthy })
