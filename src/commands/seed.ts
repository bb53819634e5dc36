import type { EnsembleFacts } from '../ensemble/facts.ts'
import { Failure } from '../model/failure.ts'
import type { TreePlan } from '../tree/plan.ts'
import { seedTrees, type Seeded } from '../tree/seed.ts'
import { treeChanges } from './document.ts'
import { withFleet, type Fleet } from './fleet.ts'
import { unlessInterrupted } from './interrupted.ts'
import { observe } from './observe.ts'
import { prepareTrees, readerOf, type TreesPrepared } from './prepare.ts'
import type { Result } from './result.ts'
import type { Run } from './run.ts'
import { openAny } from './session.ts'

export interface SeedOptions {
  readonly allowShrink: boolean
  /** why, for the history of the tree */
  readonly message?: string
}

/** Applies the trees only. Takes no lock: HEAD fences what is written. */
export const seed = async (run: Run<SeedOptions>): Promise<Result> => {
  const prepared = await prepareTrees(run)
  if (prepared.madeUp.length > 0) throw noPassword(prepared.madeUp)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, readerOf(prepared)))
    const seeded = await seedAll(run, fleet, prepared, seen.ensemble)
    return { is: 'said', lines: seeded.flatMap((tree) => saidOf(tree, run.options.dryRun)), exit: 0 }
  })
}

/** Every tree, one after the other, in the identity dman. */
export const seedAll = (
  run: Run<SeedOptions>,
  fleet: Fleet,
  { trees, auth }: TreesPrepared,
  facts: EnsembleFacts,
): Promise<readonly Seeded[]> =>
  seedTrees(trees, {
    open: () => openAny(fleet, facts, auth),
    note: { who: run.operator.who, run: run.id, at: new Date().toISOString(), reason: run.options.message ?? '' },
    emit: run.emit,
    interrupted: run.interrupted,
    allowShrink: run.options.allowShrink,
    dryRun: run.options.dryRun,
    onPlan: (plan) => show(run, plan),
  })

function show({ emit, inventory }: Run, plan: TreePlan): void {
  const document = {
    version: 1 as const,
    ensemble: inventory.ensemble,
    changes: treeChanges([plan]),
    steps: [],
    restarts: [],
  }
  emit({ task: 'plan', is: 'plan', plan: document })
  warn(emit, [plan])
  for (const text of plan.remarks) emit({ task: `trees/${plan.name}`, is: 'log', level: 'info', text })
}

/** What differs from the inventory and stays so. */
export function warn(emit: Run['emit'], plans: readonly TreePlan[] = []): void {
  for (const { name, warnings } of plans)
    for (const text of warnings) emit({ task: `trees/${name}`, is: 'log', level: 'warn', text })
}

function saidOf({ name, generation, changes, remarks }: Seeded, dryRun: boolean): string[] {
  const head = `${name}: generation ${generation ?? 'none'}`
  if (changes.length === 0) return [`${head}, nothing to do`]
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}${dryRun ? ' to be made' : ''}`
  return [`${head}, ${count}`, ...changes.map(({ summary, reason }) => `  ${summary}  (${reason})`), ...remarks]
}

/** Only under the lock a password is made, and this takes none. */
const noPassword = (unmade: readonly string[]): Failure =>
  new Failure({
    step: 'read secrets.json',
    ...(unmade.includes('dman')
      ? {
          got: 'there is none beside the inventory',
          hint: '`up` makes it when it founds the ensemble; else bring back the .dman folder it was made in',
        }
      : {
          got: `no password was made yet of ${unmade.join(', ')}, whom an ACL names`,
          hint: 'run `up` once: it makes it, and applies the trees, too',
        }),
    exit: 5,
  })
