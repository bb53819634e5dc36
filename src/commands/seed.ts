import type { EnsembleFacts } from '../ensemble/facts.ts'
import type { TreeStatus } from '../model/documents.ts'
import type { TreePlan } from '../tree/plan.ts'
import { accepts, lookTwice, refuseStale } from '../tree/saved.ts'
import { planTrees, seedTrees, type Seeded, type Seeding } from '../tree/seed.ts'
import { treesDocument } from './shared/document.ts'
import { withFleet, type Fleet } from './shared/fleet.ts'
import { unlessInterrupted } from './shared/interrupted.ts'
import { noTrees, observe } from './shared/observe.ts'
import { noPassword } from './shared/identity.ts'
import { noteOf, prepareSecrets, readSources, type TreesPrepared } from './shared/prepare.ts'
import type { Result } from './shared/result.ts'
import { notAmidRotation } from './shared/rotation.ts'
import type { Run } from './shared/run.ts'
import { askedOf, savedPlan, savePlan, type SavedPlanOptions } from './saved-plan.ts'
import { openAny, withSession } from './shared/session.ts'

export interface SeedOptions {
  readonly allowShrink: boolean
  /** why, for the history of the tree */
  readonly message?: string
}

/** Applies the trees only. Takes no lock: HEAD fences what is written. */
export const seed = async (run: Run<SeedOptions & SavedPlanOptions>): Promise<Result> => {
  const asked = await askedOf(run.options)
  const prepared = await prepareSecrets(run)
  // A large one is read while hosts are logged in to and looked at; what is wrong with it comes before what is wrong with them.
  const reading = readSources(run, prepared)
  reading.catch(() => undefined)
  if (prepared.madeUp.length > 0 || prepared.secrets.former !== undefined) await reading
  if (prepared.madeUp.length > 0) throw noPassword(prepared.madeUp)
  notAmidRotation(prepared.secrets)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const trees = await reading
    const planNow = () =>
      unlessInterrupted(
        run,
        withSession(fleet, seen.ensemble, prepared.auth, (zk) => planTrees(zk, trees, noteOf(run))),
      )
    if (asked.is === 'save') {
      const plans = await planNow()
      await savePlan(run, asked.file, plans)
      return {
        is: 'said',
        lines: [asked.file, ...plans.flatMap((plan) => saidOf(seededBy(plan, run.options.allowShrink), true))],
        exit: 0,
      }
    }
    // Of all trees before the first of them is written.
    if (asked.is === 'apply') {
      const look = async () => refuseStale(asked.saved, savedPlan(run, await planNow()), asked.file)
      await lookTwice(look)
    }
    const accept = asked.is === 'apply' ? { accept: accepts(asked.saved, asked.file) } : {}
    const seeded = await seedAll(run, fleet, { ...prepared, trees }, seen.ensemble, accept)
    return saidOfAll(seeded, run.options.dryRun)
  })
}

const seededBy = (plan: TreePlan, allowShrink: boolean) => ({
  name: plan.name,
  generation: plan.seen?.head.generation ?? null,
  changes: plan.changes,
  remarks: allowShrink ? plan.remarks : remarksOf(plan),
})

/** With why it would not be applied. */
export const remarksOf = ({ remarks, refusal }: TreePlan): readonly string[] =>
  refusal === null ? remarks : [...remarks, refusal.message]

/** Every tree, one after the other, in the identity dman. */
export const seedAll = (
  run: Run<SeedOptions>,
  fleet: Fleet,
  { trees, auth }: Pick<TreesPrepared, 'trees' | 'auth'>,
  facts: EnsembleFacts,
  more: Pick<Seeding, 'accept' | 'from'> = {},
): Promise<readonly Seeded[]> =>
  seedTrees(trees, {
    open: () => openAny(fleet, facts, auth),
    note: noteOf(run),
    emit: run.emit,
    interrupted: run.interrupted,
    allowShrink: run.options.allowShrink,
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

function saidOf(
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
