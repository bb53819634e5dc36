import type { Emit } from '../../model/event.ts'
import { Failure } from '../../model/failure.ts'
import type { Head, Note } from '../meta/head.ts'
import type { TreeChange, TreePlan } from '../plan.ts'
import { isOthers } from './settle.ts'

// Two runs that write to one tree at once: HEAD lets one of them through, and this is what the other does.

interface Terms {
  readonly note: Note
  readonly emit: Emit
  readonly from?: number
  readonly accept?: unknown
}

/**
 * Whether another run was faster since `first` was planned, and this one goes on against what is there now, which is told. Throws a Failure
 * where that would undo what the other did, or was not asked for. `tried` is what was sent to be written last.
 */
export function isOvertaken(plan: TreePlan, first: TreePlan, tried: TreePlan | undefined, terms: Terms): boolean {
  if (!isSuperseded(plan, first, terms)) return false
  const undoing = undoneBy(plan, first)
  if (undoing.length > 0 || !mayPlanAnew(plan, tried, terms)) throw superseded(plan, undoing)
  terms.emit({ task: `trees/${plan.name}`, is: 'log', level: 'info', text: faster(plan.seen?.head) })
  return true
}

/** Whether another run was faster. */
const isSuperseded = ({ seen }: TreePlan, first: TreePlan, { note, from }: Terms): boolean =>
  seen !== null && (isOthers(seen.head, first, note) || seen.head.generation !== (from ?? seen.head.generation))

/**
 * Whether a plan against the faster run's tree may be applied without asking: that run is done, and nothing of ours ever was written, for its
 * generation is the one that we tried to write.
 */
function mayPlanAnew({ seen }: TreePlan, tried: TreePlan | undefined, { from, accept }: Terms): boolean {
  if (from !== undefined || accept !== undefined || seen === null || seen.head.applying !== null) return false
  return tried === undefined || (tried.atOnce && tried.generation === seen.head.generation)
}

/** What was not planned before, from the very versions that are there still: it would undo what the faster run did. */
function undoneBy(plan: TreePlan, first: TreePlan): readonly TreeChange[] {
  const keyOf = ({ kind, path, expects }: TreeChange) => JSON.stringify([kind, path, expects])
  const before = new Set(first.changes.map(keyOf))
  return plan.changes.filter((change) => !before.has(keyOf(change)))
}

function superseded({ name, seen }: TreePlan, undoing: readonly TreeChange[]): Failure {
  const told = undoing.slice(0, 5).map(({ summary }) => summary)
  const more = undoing.length > told.length ? ` and ${undoing.length - told.length} more` : ''
  return new Failure({
    step: `seed tree ${name}`,
    got: `changed meanwhile: ${latest(seen?.head)}`,
    hint: `run it again: it plans against what is there now${told.length === 0 ? '' : `, which takes ${told.join(', ')}${more}`}`,
  })
}

const faster = (head: Head | undefined): string => `another run was faster: ${latest(head)}; planned anew`

function latest(head: Head | undefined): string {
  if (head === undefined) return 'it is gone'
  const { generation, who, at, reason } = head.applying ?? head
  return `generation ${generation} by ${who} at ${at} (${reason || 'no reason given'})`
}
