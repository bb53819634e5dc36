import type { TreeRemark, TreeStatus } from '../model/documents.ts'
import { Failure, failuresOf } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Acl, Reader } from '../zookeeper/zookeeper.ts'
import { BadAcl, isAcl, parseAcl } from './acl.ts'
import type { Identities } from './acl.ts'
import type { Head } from './head.ts'
import { readAcls } from './history/history.ts'
import { hashOf } from './manifest.ts'
import type { AclKey, Manifest } from './manifest.ts'
import { failureOf, pipelined, readHead, readManifest } from './read.ts'
import type { SeenHead } from './read.ts'

/** HEAD as `status` shows it; generation 0 only says that a first seed was begun. */
export const treeStatusOf = (
  { name, path }: Pick<TreeSource, 'name' | 'path'>,
  head: Head | null | undefined,
): TreeStatus =>
  head == null || head.generation === 0
    ? { name, path, generation: null, applied_at: null, drift: null }
    : { name, path, generation: head.generation, applied_at: head.at, drift: null }

/** What HEAD says besides: an apply that was begun and is not finished, and another path than the inventory's. */
export function remarkOf({ path }: Pick<TreeSource, 'path'>, head: Head | null | undefined): TreeRemark | undefined {
  if (head == null) return undefined
  const begun = head.applying === null ? [] : [`generation ${head.applying.generation} is begun, not finished`]
  const moved = head.generation === 0 || head.path === path ? [] : [`at ${head.path} so far`]
  const words = [...moved, ...begun].join(', ')
  return words === '' ? undefined : { is: 'seen', words }
}

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
  return {
    statuses: outcomes.flatMap((outcome, at) =>
      outcome.status === 'fulfilled'
        ? outcome.value.status
        : trees.slice(at, at + 1).map((tree) => treeStatusOf(tree, undefined)),
    ),
    remarks: new Map(
      outcomes.flatMap((outcome, at) => {
        const remark = outcome.status === 'fulfilled' ? outcome.value.remark : ({ is: 'unread' } as const)
        return remark === undefined ? [] : trees.slice(at, at + 1).map(({ name }) => [name, remark] as const)
      }),
    ),
    problems: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason) : [])),
  }
}

/** Throws a Failure where ZooKeeper does not answer or HEAD can't be understood. */
async function treeSeen(
  zk: Reader,
  tree: Pick<TreeSource, 'name' | 'path'>,
  { drift = false, identities }: Wish,
): Promise<{ status: TreeStatus; remark: TreeRemark | undefined }> {
  try {
    const seen = await readHead(zk, tree)
    const told = treeStatusOf(tree, seen?.head)
    const status = drift && seen !== null ? { ...told, drift: await drifted(zk, tree, seen, identities) } : told
    return { status, remark: remarkOf(tree, seen?.head) }
  } catch (error) {
    throw failureOf(tree, error)
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
    const texts = await readAcls(
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
