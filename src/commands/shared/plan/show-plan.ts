import type { PlanDocument } from '../../../model/documents.ts'
import type { Run } from '../run/run.ts'
import { samePlan } from './document.ts'

/** Shows a plan to whoever watches the run; that made anew under the lock only where it is another than the one shown `before`. */
export function showPlan({ emit }: Pick<Run, 'emit'>, plan: PlanDocument, before?: PlanDocument): void {
  if (before === undefined || !samePlan(plan, before)) emit({ task: 'plan', is: 'plan', plan })
}
