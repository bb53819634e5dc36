import { rejoinGoal } from '../ensemble/desired.ts'
import { drive } from './shared/apply/drive.ts'
import { wantHealthy } from './shared/apply/status-result.ts'
import { knownHost } from './shared/run/arguments.ts'
import { confirm } from './shared/run/questions.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

export interface RepairOptions {
  readonly host: string
}

/** One member's data is set aside on its host, and it fetches all from the others, who have to serve without it. */
export const repair = async (run: Run<RepairOptions>): Promise<Result> => {
  const { inventory, options } = run
  knownHost(inventory, options.host, 'the host to repair')
  return drive(run, {
    goal: () => rejoinGoal(inventory, options, options.host),
    ask: () =>
      confirm(
        run,
        `This stops ${options.host}, sets its data aside in ~/${inventory.home}/data/aside.TIME there, and lets it fetch all from the others.`,
      ),
    judged: wantHealthy,
  })
}
