import { planDocument } from './shared/document.ts'
import { equip } from './shared/equip.ts'
import { withFleet } from './shared/fleet.ts'
import { unlessInterrupted } from './shared/interrupted.ts'
import { observe } from './shared/observe.ts'
import { isEmpty, notDone, planUp } from './shared/planned.ts'
import { prepare, readerOf } from './shared/prepare.ts'
import type { Result } from './shared/result.ts'
import type { Run } from './shared/run.ts'

export interface PlanOptions {
  readonly detailedExitcode: boolean
}

/** What `up` would do: its first half, and nothing else. */
export const plan = async (run: Run<PlanOptions>): Promise<Result> => {
  const known = await prepare(run)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, readerOf(run, known)))
    const prepared = await equip(run, known, seen)
    const planned = planUp(run, prepared, seen)
    const document = planDocument(run, planned)
    const exit = run.options.detailedExitcode && !isEmpty(planned) ? 2 : 0
    return { is: 'plan', plan: document, failures: notDone(planned), exit }
  })
}
