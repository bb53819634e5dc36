import { equip } from './equip.ts'
import { withFleet } from './fleet.ts'
import { unlessInterrupted } from './interrupted.ts'
import { observe } from './observe.ts'
import { planDocument } from './document.ts'
import { isEmpty, planUp } from './planned.ts'
import { prepare, readerOf } from './prepare.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'

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
    return { is: 'plan', plan: document, failures: [...planned.refusals, ...planned.ends], exit }
  })
}
