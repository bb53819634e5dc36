import { matcher } from '../model/pattern.ts'
import { inOrder } from '../model/pool.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { isWithin } from '../model/znode-path.ts'
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
  { changes, seen }: Pick<TreePlan, 'changes' | 'seen'>,
): Promise<Difference[]> {
  const tops = [path, seen?.head.path ?? path, seen?.head.applying?.path ?? path]
  const isHidden = hiddenBelow(tops, secret)
  const isSecret = (at: string) => znodes.get(at)?.isSecret === true || isHidden(at)
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

/** Whether one of the patterns has a hit below one of the tops, where the tree is or was; what is below none of them may be anything. */
function hiddenBelow(tops: readonly string[], secret: readonly string[]): (at: string) => boolean {
  const matches = secret.map(matcher)
  return (at) => {
    const belows = tops.filter((top) => isWithin(top, at)).map((top) => at.slice(top.length + 1))
    return matches.some((match) => belows.length === 0 || belows.some(match))
  }
}
