import type { TreeSource } from '../../model/tree-source.ts'
import type { Tree } from '../../tree/desired.ts'
import { type Difference, differences } from '../../tree/differences.ts'
import type { Note } from '../../tree/meta/head.ts'
import { isEmpty, type TreePlan } from '../../tree/plan.ts'
import { planTrees } from '../../tree/seed.ts'
import type { Reader } from '../../zookeeper/zookeeper.ts'
import { remarksOf } from '../shared/apply/trees.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe } from '../shared/look/observe.ts'
import { withSession } from '../shared/look/session.ts'
import { treesDocument } from '../shared/plan/document.ts'
import { noPassword } from '../shared/prepare/identity.ts'
import { noteOf, prepareTrees } from '../shared/prepare/prepare.ts'
import { notAmidRotation } from '../shared/rotation/rotation.ts'
import { knownTree } from '../shared/run/arguments.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface TreeDiffOptions {
  readonly tree: string
  readonly detailedExitcode: boolean
}

/** What `seed` would do to one tree, with what it would do to the bytes of each znode. Changes nothing. */
export const treeDiff = async (run: Run<TreeDiffOptions>): Promise<Result> => {
  const { emit, inventory, options } = run
  const source = knownTree(inventory, options.tree)
  const { trees, auth, madeUp, secrets } = await prepareTrees(run)
  // Passwords that were only made up may stand in for other identities. Not for dman: the session logs in with it, and every ACL names it.
  if (madeUp.includes('dman')) throw noPassword(madeUp)
  notAmidRotation(secrets)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const read = (zk: Reader) =>
      Promise.all(trees.filter(isOf(source)).map((tree) => compare(zk, source, tree, noteOf(run))))
    const told = await unlessInterrupted(run, withSession(fleet, seen.ensemble, auth, read))
    const plans = told.map(({ plan }) => plan)
    for (const text of plans.flatMap(remarksOf)) emit({ task: `trees/${source.name}`, is: 'log', level: 'info', text })
    const plan = treesDocument(inventory.ensemble, told)
    return { is: 'plan', plan, exit: options.detailedExitcode && !plans.every(isEmpty) ? 2 : 0 }
  })
}

const isOf =
  ({ name }: TreeSource) =>
  (tree: Tree) =>
    tree.name === name

async function compare(
  zk: Reader,
  source: TreeSource,
  tree: Tree,
  note: Note,
): Promise<{ plan: TreePlan; changes: readonly Difference[] }> {
  const [plan] = await planTrees(zk, [tree], note)
  if (plan === undefined) throw new TypeError('a plan a tree')
  return { plan, changes: await differences(zk, source, tree, plan) }
}
