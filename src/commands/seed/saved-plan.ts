import { readBoundedText } from '../../disk/bounded.ts'
import { writeFileAtomically } from '../../local/state.ts'
import { Failure } from '../../model/failure.ts'
import { checkFile } from '../../tree/export/out.ts'
import type { TreePlan } from '../../tree/plan.ts'
import { decodeSaved, encodeSaved, type SavedPlan, savedTree } from '../../tree/saved.ts'
import { saidOf, seededBy } from '../shared/apply/trees.ts'
import { askToShrink } from '../shared/run/questions.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'
import { mayShrink, type ShrinkOptions } from '../shared/run/shrink.ts'

export interface SavedPlanOptions {
  /** save the plan in this file, and change nothing */
  readonly out?: string
  /** apply that saved plan, or nothing */
  readonly plan?: string
}

/** What is asked for: nothing of it, to save a plan, or to apply one. */
export type Asked = { is: 'neither' } | { is: 'save'; file: string } | { is: 'apply'; file: string; saved: SavedPlan }

/** Rejects with a Failure, before anything is contacted: exit 3 where the file can't be read or written, exit 5 where a later version wrote it. */
export async function askedOf({ out, plan: file }: SavedPlanOptions): Promise<Asked> {
  if (out !== undefined && file !== undefined)
    throw new Failure({ step: 'read the options', got: '--out and --plan', hint: 'give one of them', exit: 3 })
  if (out !== undefined) checkFile(out)
  if (out !== undefined) return { is: 'save', file: out }
  return file === undefined ? { is: 'neither' } : { is: 'apply', file, saved: decodeSaved(await readText(file), file) }
}

/** Bytes; a hundred thousand changes have a tenth of them. */
const largest = 2 ** 28

async function readText(file: string): Promise<string> {
  try {
    return await readBoundedText(file, largest)
  } catch (cause) {
    const hint = 'name a file that `seed --out` wrote'
    throw new Failure({ step: `read ${file}`, got: (cause as Error).message, hint, exit: 3, cause })
  }
}

export const savedPlan = ({ inventory }: Pick<Run, 'inventory'>, plans: readonly TreePlan[]): SavedPlan => ({
  ensemble: inventory.ensemble,
  trees: plans.map(savedTree),
})

/** Saved in a new file, 0600, and told; a dry run only tells. Trees that would shrink are asked about here, and again where it is applied. */
export async function savePlans(run: Run<ShrinkOptions>, file: string, plans: readonly TreePlan[]): Promise<Result> {
  const lines = plans.flatMap((plan) => saidOf(seededBy(run, plan), true))
  const refusals = plans.flatMap(({ refusal }) => refusal ?? [])
  if (run.options.dryRun) return { is: 'said', lines, failures: mayShrink(run) ? [] : refusals, exit: 0 }
  await askToShrink(run, refusals)
  await writeFileAtomically(file, encodeSaved(savedPlan(run, plans)))
  return { is: 'said', lines: [file, ...lines], exit: 0 }
}
