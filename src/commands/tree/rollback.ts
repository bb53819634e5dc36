import { checkTree } from '../../tree/checked.ts'
import { formerTree } from '../../tree/history/rollback.ts'
import { saidOfAll, seedAll, type SeedOptions } from '../shared/apply/trees.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe } from '../shared/look/observe.ts'
import { withSession } from '../shared/look/session.ts'
import { asDman, identitiesOf } from '../shared/prepare/identity.ts'
import { notAmidRotation } from '../shared/rotation/rotation.ts'
import { knownTree } from '../shared/run/arguments.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface TreeRollbackOptions extends SeedOptions {
  readonly tree: string
  /** the generation to bring back; left out: the one before the current, or before what was begun and not finished */
  readonly to?: number
}

/** Makes a tree what a former generation was, as a new one, by the very plan and commit that `seed` has. The next `seed` brings the source again. */
export const treeRollback = async (run: Run<TreeRollbackOptions>): Promise<Result> => {
  const source = knownTree(run.inventory, run.options.tree)
  const { secrets, auth } = await asDman(run)
  notAmidRotation(secrets)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const read = withSession(fleet, seen.ensemble, auth, (zk) =>
      formerTree(zk, source, identitiesOf(secrets), run.options.to, run.inventory.trees),
    )
    const { tree, to, from } = await unlessInterrupted(run, read)
    await checkTree(source, tree, { interrupted: run.interrupted })
    const message = run.options.message ?? `rollback to generation ${to}`
    const asked = { ...run, options: { ...run.options, message } }
    const seeded = await seedAll(asked, fleet, { trees: [tree], auth }, seen.ensemble, { from })
    return saidOfAll(seeded, run.options.dryRun)
  })
}
