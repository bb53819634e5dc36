import { serveGoal } from '../ensemble/desired.ts'
import { drive } from './shared/drive.ts'
import type { Result } from './shared/result.ts'
import type { Run } from './shared/run.ts'
import { wantHealthy } from './shared/status-result.ts'

/** Starts every member that was founded and does not serve, as it is. */
export const start = (run: Run): Promise<Result> =>
  drive(run, { goal: () => serveGoal(run.inventory, run.options), judged: wantHealthy })
