import { restartGoal } from '../ensemble/desired.ts'
import { drive } from './shared/apply/drive.ts'
import { wantHealthy } from './shared/apply/status-result.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

/** Restarts every member with what it runs, one after the other and the leader last; what does not serve is started first. */
export const restart = (run: Run): Promise<Result> =>
  drive(run, {
    goal: (now, mayStopService) => ({ ...restartGoal(run.inventory, run.options, now), mayStopService }),
    judged: wantHealthy,
  })
