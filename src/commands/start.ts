import { serveGoal } from '../ensemble/desired.ts'
import { drive } from './shared/apply/drive.ts'
import { wantHealthy } from './shared/apply/status-result.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** Starts every member that was founded and does not serve, as it is. */
export const start = (run: Run): Promise<Result> =>
  drive(run, { goal: () => serveGoal(run.inventory, run.options), judged: wantHealthy })
