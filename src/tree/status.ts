import type { TreeRemark, TreeStatus } from '../model/documents.ts'
import { Failure, failuresOf } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { type Acl, type Reader, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import { BadAcl, type Identities, isAcl, parseAcl } from './acl.ts'
import { treeFailure } from './failure.ts'
import { readStoredAcls } from './history/history.ts'
import type { Head } from './meta/head.ts'
import { type AclKey, hashOf, type Manifest } from './meta/manifest.ts'
import { readHead, readManifest, type SeenHead } from './meta/read.ts'
import { pipelined } from './pipelined.ts'

/** HEAD as `status` shows it; generation 0 only says that a first seed was begun. */
export const treeStatusOf = (
  { name, path }: Pick<TreeSource, 'name' | 'path'>,
  head: Head | null | undefined,
): TreeStatus =>
  head == null || head.generation === 0
    ? { name, path, generation: null, applied_at: null, drift: null }
    : { name, path, generation: head.generation, applied_at: head.at, drift: null }

/** A tree as `status` tells it, and what a person is told besides. */
export interface TreeTold {
  readonly status: TreeStatus
  readonly remark?: TreeRemark
}

/** By what HEAD says: an apply that was begun and is not finished, and another path than the inventory's, are remarks. */
export function toldBy(tree: Pick<TreeSource, 'name' | 'path'>, head: Head | null | undefined): TreeTold {
  const status = treeStatusOf(tree, head)
  if (head == null) return { status }
  const begun = head.applying === null ? [] : [`generation ${head.applying.generation} is begun, not finished`]
  const moved = head.generation === 0 || head.path === tree.path ? [] : [`at ${head.path} so far`]
  const words = [...moved, ...begun].join(', ')
  return words === '' ? { status } : { status, remark: { is: 'seen', words } }
}

/** Of a tree whose HEAD could not be read; `words`: why. */
export const unreadTree = (tree: Pick<TreeSource, 'name' | 'path'>, words?: string): TreeTold => ({
  status: treeStatusOf(tree, undefined),
  remark: { is: 'unread', ...(words !== undefined && { words }) },
})

/** All of them, the remarks by name. */
export const toldTogether = (all: readonly TreeTold[]): Pick<TreesSeen, 'statuses' | 'remarks'> => ({
  statuses: all.map(({ status }) => status),
  remarks: new Map(all.flatMap(({ status, remark }) => (remark === undefined ? [] : [[status.name, remark]]))),
})

/** What could be told of the trees, and why not of the others: their generation is null. */
export interface TreesSeen {
  readonly statuses: TreeStatus[]
  readonly remarks: ReadonlyMap<string, TreeRemark>
  readonly problems: readonly Failure[]
}

/** With `drift` every owned znode is read and compared with what was applied; its ACL, too, where the identities are at hand. */
interface Wish {
  readonly drift?: boolean
  readonly identities?: Identities
}

/** How the trees stand, side by side: one that can't be understood hides no other. Never rejects with a Failure. */
export async function treesSeen(
  zk: Reader,
  trees: readonly Pick<TreeSource, 'name' | 'path'>[],
  wish: Wish = {},
): Promise<TreesSeen> {
  const outcomes = await Promise.allSettled(trees.map((tree) => treeSeen(zk, tree, wish)))
  const told = trees.map((tree, at) => {
    const outcome = outcomes[at]
    if (outcome?.status === 'fulfilled') return outcome.value
    return unreadTree(tree, failuresOf(outcome?.reason)[0].got)
  })
  return {
    ...toldTogether(told),
    problems: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason) : [])),
  }
}

/** Throws a Failure where ZooKeeper does not answer or HEAD can't be understood. */
async function treeSeen(
  zk: Reader,
  tree: Pick<TreeSource, 'name' | 'path'>,
  { drift = false, identities }: Wish,
): Promise<TreeTold> {
  try {
    const seen = await readHead(zk, tree)
    const told = toldBy(tree, seen?.head)
    if (!drift || seen === null) return told
    return { ...told, status: { ...told.status, drift: await drifted(zk, tree, seen, identities) } }
  } catch (error) {
    throw treeFailure(tree, error)
  }
}

/**
 * Whether an owned znode has other bytes or another ACL than were applied. Null while an apply is under way, for then both the old and the new
 * are as they should be, and where the ACLs can't be told: without our passwords.
 */
async function drifted(
  zk: Reader,
  tree: Pick<TreeSource, 'name'>,
  { head }: SeenHead,
  identities: Identities | undefined,
): Promise<boolean | null> {
  if (head.applying !== null) return null
  const { manifest } = await readManifest(zk, tree, head.root)
  const acls = identities && (await wantedAcls(zk, tree, manifest, identities))
  const same = await pipelined(manifest, async ([path, { hash, acl }]) => {
    const [found, live] = await Promise.all([zk.get(path), acls && zk.getAcl(path)])
    if (found === null || hashOf(found.data) !== hash) return false
    const want = acls?.get(acl)
    return want === undefined || live == null ? null : isAcl(live.acl, want)
  })
  if (same.includes(false)) return true
  return same.includes(null) ? null : false
}

/** Undefined where not all can be told: metadata is not shown to us, or names an identity that we do not have. */
async function wantedAcls(
  zk: Reader,
  { name }: Pick<TreeSource, 'name'>,
  manifest: Manifest,
  identities: Identities,
): Promise<ReadonlyMap<AclKey, readonly Acl[]> | undefined> {
  const step = `read the ACLs of tree ${name}`
  try {
    const texts = await readStoredAcls(
      zk,
      name,
      [...manifest.values()].map(({ acl }) => acl),
    )
    return new Map([...texts].map(([key, all]) => [key, all.map((text) => parseAcl(text, identities, step))]))
  } catch (error) {
    const isUnknown = error instanceof BadAcl || isRefused(error)
    if (isUnknown) return undefined
    throw error
  }
}

const isRefused = (error: unknown): boolean => error instanceof ZooKeeperError && error.code === 'NO_AUTH'
