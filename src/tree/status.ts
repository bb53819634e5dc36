import type { TreeStatus } from '../model/documents.ts'
import { failuresOf, type Failure } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import type { Reader } from '../zookeeper/zookeeper.ts'
import type { Head } from './head.ts'
import { hashOf } from './manifest.ts'
import { failureOf, pipelined, readHead, readManifest } from './observe.ts'
import type { SeenHead } from './observe.ts'

/** HEAD as `status` shows it; generation 0 only says that a first seed was begun. */
export const treeStatusOf = (
  { name, path }: Pick<TreeSource, 'name' | 'path'>,
  head: Head | null | undefined,
): TreeStatus =>
  head == null || head.generation === 0
    ? { name, path, generation: null, applied_at: null, drift: null }
    : { name, path, generation: head.generation, applied_at: head.at, drift: null }

/**
 * How the trees stand, in one round trip; with `drift` every owned znode is read and compared with what was applied.
 * Throws a Failure where ZooKeeper does not answer or HEAD can't be understood.
 */
export const treeStatus = (
  zk: Reader,
  trees: readonly Pick<TreeSource, 'name' | 'path'>[],
  { drift = false }: { drift?: boolean } = {},
): Promise<TreeStatus[]> =>
  Promise.all(
    trees.map(async (tree) => {
      try {
        const seen = await readHead(zk, tree)
        const status = treeStatusOf(tree, seen?.head)
        return drift && seen !== null ? { ...status, drift: await drifted(zk, tree, seen) } : status
      } catch (error) {
        throw failureOf(tree, error)
      }
    }),
  )

/** What could be told of the trees, and why not of the others: their generation is null. */
export interface TreesSeen {
  readonly statuses: TreeStatus[]
  readonly problems: readonly Failure[]
}

/** The same, tree by tree: one that can't be understood hides no other. Never rejects with a Failure. */
export async function treesSeen(...[zk, trees, options]: Parameters<typeof treeStatus>): Promise<TreesSeen> {
  const outcomes = await Promise.allSettled(trees.map((tree) => treeStatus(zk, [tree], options)))
  return {
    statuses: outcomes.flatMap((outcome, at) =>
      outcome.status === 'fulfilled'
        ? outcome.value
        : trees.slice(at, at + 1).map((tree) => treeStatusOf(tree, undefined)),
    ),
    problems: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason) : [])),
  }
}

/** Null while an apply is under way: then both the old and the new are as they should be. */
async function drifted(zk: Reader, tree: Pick<TreeSource, 'name'>, { head }: SeenHead): Promise<boolean | null> {
  if (head.applying !== null) return null
  const manifest = await readManifest(zk, tree, head.root)
  const same = await pipelined(manifest, async ([path, hash]) => {
    const found = await zk.get(path)
    return found !== null && hashOf(found.data) === hash
  })
  return same.includes(false)
}
