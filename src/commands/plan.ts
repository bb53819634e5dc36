import { withFleet } from './shared/look/fleet.ts'
import { observe } from './shared/look/observe.ts'
import { planDocument } from './shared/plan/document.ts'
import { isEmpty, notDone, planUp } from './shared/plan/planned.ts'
import { equip } from './shared/prepare/equip.ts'
import { prepare, readerOf } from './shared/prepare/prepare.ts'
import { unlessInterrupted } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

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
