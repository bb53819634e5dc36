import { drive, goalOf } from './drive.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'

/** Stops the whole ensemble, followers before the leader; data stays untouched. */
export const stop = (run: Run): Promise<Result> => drive(run, goalOf(run, 'stop'), () => true)
