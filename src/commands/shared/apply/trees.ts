import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import type { TreeStatus } from '../../../model/documents.ts'
import type { TreePlan } from '../../../tree/plan.ts'
import type { WouldShrink } from '../../../tree/plan/shrinking.ts'
import { type Seeded, type Seeding, seedTrees } from '../../../tree/seed.ts'
import type { Fleet } from '../look/fleet.ts'
import { openAny } from '../look/session.ts'
import { treesDocument } from '../plan/document.ts'
import { noteOf, type TreesPrepared } from '../prepare/prepare.ts'
import { askToShrink } from '../run/questions.ts'
import type { Result } from '../run/result.ts'
import type { Run } from '../run/run.ts'
import { mayShrink, type ShrinkOptions } from '../run/shrink.ts'

// Trees are written, and told of, by one way, whatever command brings them.

export interface SeedOptions extends ShrinkOptions {
  /** why, for the history of the tree */
  readonly message?: string
}

/** With why it would not be applied. */
export const remarksOf = ({ remarks, refusal }: TreePlan): readonly string[] =>
  refusal === null ? remarks : [...remarks, refusal.message]

/** A plan as what it would have done. */
export const seededBy = (run: Pick<Run<ShrinkOptions>, 'options'>, plan: TreePlan) => ({
  name: plan.name,
  generation: plan.seen?.head.generation ?? null,
  changes: plan.changes,
  remarks: mayShrink(run) ? plan.remarks : remarksOf(plan),
})

/** Every tree, one after the other, in the identity dman. `permitted`: refusals of trees that would shrink, which the user was asked about. */
export const seedAll = (
  run: Run<SeedOptions>,
  fleet: Fleet,
  { trees, auth }: Pick<TreesPrepared, 'trees' | 'auth'>,
  facts: EnsembleFacts,
  { permitted = [], ...more }: Pick<Seeding, 'accept' | 'from'> & { readonly permitted?: readonly WouldShrink[] } = {},
): Promise<readonly Seeded[]> =>
  seedTrees(trees, {
    open: () => openAny(fleet, facts, auth),
    note: noteOf(run),
    emit: run.emit,
    interrupted: run.interrupted,
    allowShrink: mayShrink(run),
    permit: (refusal) =>
      askToShrink(
        run,
        permitted.some((each) => each.isLike(refusal)) ? [] : [refusal],
        'that tree is as it was; what came before it is done',
      ),
    dryRun: run.options.dryRun,
    onPlan: (plan) => show(run, plan),
    ...more,
  })

function show({ emit, inventory }: Run, plan: TreePlan): void {
  emit({ task: 'plan', is: 'plan', plan: treesDocument(inventory.ensemble, [plan]) })
  for (const text of plan.remarks) emit({ task: `trees/${plan.name}`, is: 'log', level: 'info', text })
}

/** What became of the trees. A dry run ends as the real one would: what that refuses is told. */
export const saidOfAll = (seeded: readonly Seeded[], dryRun: boolean): Result => ({
  is: 'said',
  lines: seeded.flatMap((tree) => saidOf(tree, dryRun)),
  failures: seeded.flatMap(({ refusals }) => refusals),
  exit: 0,
})

export function saidOf(
  {
    name,
    generation,
    changes,
    remarks,
  }: Omit<Seeded, keyof TreeStatus | 'refusals'> & Pick<TreeStatus, 'name' | 'generation'>,
  dryRun: boolean,
): string[] {
  const head = `${name}: generation ${generation ?? 'none'}`
  if (changes.length === 0) return [`${head}, nothing to do`]
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}${dryRun ? ' to be made' : ''}`
  const told = changes.slice(0, mostTold).map(({ summary, reason }) => `  ${summary}  (${reason})`)
  const more = changes.length - told.length
  return [
    `${head}, ${count}`,
    ...told,
    ...(more > 0 ? [`  … and ${more} more: \`--json\` tells of all`] : []),
    ...remarks,
  ]
}

/** Changes of one tree that are told of when they were made. */
const mostTold = 200
