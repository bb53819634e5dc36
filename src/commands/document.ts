import type { Foreseen } from '../ensemble/plan/foresee.ts'
import { hostsOf } from '../ensemble/plan/step.ts'
import type { PlanDocument, PlannedChange } from '../model/documents.ts'
import type { TreeChange } from '../tree/plan.ts'

// The parts that the plan documents of all commands are made of (`plan --json`).

type Shown = PlanDocument['steps']

/** The steps as they are shown: what is waited for first, then each step with its hosts, then what its end brings down with it. */
export function shownSteps(steps: readonly Foreseen[], waits: string | undefined, logout?: Shown[number]): Shown {
  // That a member served is noted behind every step; as a step of its own it is shown only where it is all there is to do.
  const others = steps.filter(({ step }) => step.kind !== 'record')
  return [
    ...(waits === undefined ? [] : [{ kind: 'wait', hosts: [], reason: `for ${waits}` }]),
    ...(others.length > 0 ? others : steps).map(({ step, reason }) => ({
      kind: step.kind,
      hosts: [...hostsOf(step)],
      reason,
    })),
    ...(logout === undefined ? [] : [logout]),
  ]
}

/** The changes of trees, without what only the tree itself needs to know of them. */
export const treeChanges = (
  trees: readonly { readonly changes: readonly (TreeChange & Pick<PlannedChange, 'diff'>)[] }[],
): PlannedChange[] =>
  trees.flatMap(({ changes }) =>
    changes.map(({ kind, path, summary, reason, diff }) => ({
      kind,
      path,
      summary,
      reason,
      ...(diff === undefined ? {} : { diff }),
    })),
  )

/** A plan; what is left out there is none of. */
export const framed = (
  ensemble: string,
  { changes = [], steps = [], restarts = [] }: Partial<Pick<PlanDocument, 'changes' | 'steps' | 'restarts'>>,
): PlanDocument => ({ version: 1, ensemble, changes, steps, restarts })

/** A plan of trees alone, by a command that does nothing else. */
export const treesDocument = (ensemble: string, trees: Parameters<typeof treeChanges>[0]): PlanDocument =>
  framed(ensemble, { changes: treeChanges(trees) })

export const samePlan = (one: PlanDocument, other: PlanDocument): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
