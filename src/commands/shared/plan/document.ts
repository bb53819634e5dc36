import type { Foreseen } from '../../../ensemble/plan/foresee.ts'
import { hostsOf } from '../../../ensemble/plan/step.ts'
import { shownChange } from '../../../hosts/plan.ts'
import type { PlanDocument, PlannedChange, PlanProblem } from '../../../model/documents.ts'
import type { Failure } from '../../../model/failure.ts'
import type { TreeChange } from '../../../tree/plan.ts'
import type { Run } from '../run/run.ts'
import { isEmpty, type Planned, refusedBy } from './planned.ts'

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
const treeChanges = (
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

/** With what stands in its way, and what it would end in. */
export const withProblems = (
  plan: PlanDocument,
  { refusals = [], ends = [] }: { readonly refusals?: readonly Failure[]; readonly ends?: readonly Failure[] },
): PlanDocument => ({
  ...plan,
  ...(refusals.length > 0 && { refusals: refusals.map(problem) }),
  ...(ends.length > 0 && { ends: ends.map(problem) }),
})

const problem = ({ host, step, got, hint }: Failure): PlanProblem => ({
  ...(host !== undefined && { host }),
  ...{ step, got, hint },
})

/** A plan of trees alone, by a command that does nothing else. */
export const treesDocument = (ensemble: string, trees: Parameters<typeof treeChanges>[0]): PlanDocument =>
  framed(ensemble, { changes: treeChanges(trees) })

export const samePlan = (one: PlanDocument, other: PlanDocument): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** As `plan --json` prints it. */
export function planDocument({ inventory }: Pick<Run, 'inventory'>, planned: Planned): PlanDocument {
  const { hosts, trees, identities, rotates, restarts } = planned
  const passwords = identities.map((name) => ({
    kind: 'make-password',
    summary: `make the password of ${name}`,
    reason: 'an ACL of a tree names it for the first time',
  }))
  const unknown = inventory.trees.map(({ name, path }) => ({
    kind: 'seed',
    path,
    summary: `seed tree ${name}`,
    reason: rotates === undefined ? 'known once it serves' : 'known once all have the new passwords',
  }))
  const plan = framed(inventory.ensemble, {
    changes: [
      ...[...hosts.values()].flat().map(shownChange),
      ...passwords,
      ...(rotates === undefined ? [] : [rotation(rotates)]),
      ...(trees === undefined ? unknown : treeChanges(trees)),
    ],
    steps: shownSteps(planned.steps, planned.waits, planned.logout),
    restarts,
  })
  return withProblems(plan, { refusals: refusedBy(planned), ends: isEmpty(planned) ? [] : planned.ends })
}

const whyRotated = { asked: 'asked for', begun: 'it was begun and not finished', lost: 'the former ones are lost' }

const rotation = (rotates: keyof typeof whyRotated) => ({
  kind: 'rotate-passwords',
  summary: 'change the passwords of super and dman',
  reason: whyRotated[rotates],
})
