import { matcher } from '../model/pattern.ts'
import { inOrder } from '../model/pool.ts'
import type { TreeSource } from '../model/tree-source.ts'
import type { Reader } from '../zookeeper/zookeeper.ts'
import type { Tree } from './desired.ts'
import { diffOf, sizes } from './diff.ts'
import type { TreeChange, TreePlan } from './plan.ts'

/** What a change does to the bytes of its znode; left out where it leaves them alone. */
export type Difference = TreeChange & { readonly diff?: string }

/** Values are up to a MiB each. */
const window = { count: 32, weight: Infinity }

/** Characters of diffs that are shown; of what comes behind, sizes and hashes. */
const enough = 16 * 1024 * 1024

/**
 * The changes of a plan, each with what it does to the bytes that are there now. Of paths that the tree's `secret` patterns match nothing but
 * that is said, and they are not read. Rejects with a ZooKeeperError.
 */
export async function differences(
  zk: Pick<Reader, 'get'>,
  { path, secret }: Pick<TreeSource, 'path' | 'secret'>,
  { znodes }: Pick<Tree, 'znodes'>,
  { changes }: Pick<TreePlan, 'changes'>,
): Promise<Difference[]> {
  const matches = secret.map(matcher)
  const isSecret = (at: string) =>
    znodes.get(at)?.isSecret === true || matches.some((match) => match(at === path ? '' : at.slice(path.length + 1)))
  const live = async (change: TreeChange) =>
    ['set', 'delete'].includes(change.kind) && !isSecret(change.path)
      ? ((await zk.get(change.path))?.data ?? null)
      : null
  const told: Difference[] = []
  let shown = 0
  const read = inOrder(
    window,
    changes,
    () => 1,
    async (change) => ({ change, before: await live(change) }),
  )
  for await (const { change, before } of read) {
    const after = change.kind === 'delete' ? null : (znodes.get(change.path)?.data ?? null)
    const diff = !['create', 'set', 'delete'].includes(change.kind)
      ? ''
      : isSecret(change.path)
        ? '‹secret›\n'
        : (shown < enough ? diffOf : sizes)({ path: change.path, before, after })
    shown += diff.length
    told.push(diff === '' ? change : { ...change, diff })
  }
  return told
}
