import { encodedSize, operationSize } from '../../zookeeper/transaction.ts'
import type { Operation } from '../../zookeeper/zookeeper.ts'
import type { Tree } from '../desired.ts'
import type { Counts } from '../history/record.ts'
import type { StoredManifest } from '../meta/manifest.ts'
import type { LiveTree } from '../observe.ts'
import { bytesAt, metaOf } from '../path.ts'
import { type Edit, type TreeChange, withoutBytes } from './change.ts'

/** The create that keeps what an edit replaces; `data` is read only when it is written. */
export const keeping = (
  { name, dmanAcl }: Pick<Tree, 'name' | 'dmanAcl'>,
  generation: number,
  hash: string,
  data: Buffer,
): Operation => ({ do: 'create', path: bytesAt(name, generation, hash), data, acl: dmanAcl })

/** What keeping the replaced bytes adds to a transaction. */
export const keepingSize = (
  tree: Pick<Tree, 'name' | 'dmanAcl'>,
  generation: number,
  { replaces }: Pick<Edit, 'replaces'>,
): number =>
  replaces === undefined ? 0 : operationSize(keeping(tree, generation, replaces.hash, Buffer.alloc(0))) + replaces.size

/** Edits of which each names replaced bytes only where these are to be kept: no others do, nobody did, and a request can carry them. */
export function planKeeping(
  want: Tree,
  generation: number,
  edits: readonly Edit[],
  { record }: Pick<LiveTree, 'record'>,
) {
  const kept = new Set(record?.bytes)
  const remarks: string[] = []
  const check = encodedSize([{ do: 'check', path: metaOf(want.name).head, version: 0 }])
  const operations = edits.map((edit): Edit => {
    const { replaces } = edit
    if (replaces === undefined) return edit
    const isNew = want.history > 1 && replaces.size > 0 && !kept.has(replaces.hash)
    const isLarge = check + keepingSize(want, generation, edit) > want.limit
    if (isNew && isLarge)
      remarks.push(`${edit.path}: what is replaced is too large for the history (${replaces.size} bytes)`)
    if (!isNew || isLarge) return withoutBytes(edit)
    kept.add(replaces.hash)
    return edit
  })
  return { operations, remarks }
}

/** How large the change is; where what is written was begun before, as it was then. */
export function countsOf(
  manifest: StoredManifest,
  edits: readonly Edit[],
  changes: readonly TreeChange[],
  { record }: Pick<LiveTree, 'record'>,
): Counts {
  if (record !== null && record.value.root === manifest.root) {
    const { created, set, deleted, acl, bytes } = record.value
    return { created, set, deleted, acl, bytes }
  }
  const count = (kind: Operation['do']) => edits.filter((edit) => edit.do === kind).length
  return {
    created: count('create'),
    set: count('set'),
    deleted: count('delete'),
    acl: changes.filter(({ kind }) => kind === 'acl').length,
    bytes: edits.reduce((sum, edit) => sum + ('data' in edit ? edit.data.length : 0), 0),
  }
}
