import { statSync } from 'node:fs'
import type { TreeSource } from '../../model/tree-source.ts'
import type { Identities } from '../../tree/acl.ts'
import { besideOthers } from '../../tree/beside.ts'
import { checkTree } from '../../tree/checked.ts'
import { desiredTrees, type Tree } from '../../tree/desired.ts'
import { readJson } from '../../tree/export/import.ts'
import { readTrees } from '../../tree/source.ts'
import { saidOfAll, seedAll, type SeedOptions } from '../shared/apply/trees.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe } from '../shared/look/observe.ts'
import { asDman, identitiesOf } from '../shared/prepare/identity.ts'
import { unpublished } from '../shared/prepare/prepare.ts'
import { notAmidRotation } from '../shared/rotation/rotation.ts'
import { knownTree } from '../shared/run/arguments.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

export interface TreeImportOptions extends SeedOptions {
  readonly tree: string
  /** a folder, or a file of JSON */
  readonly path: string
}

/** Makes a tree what an export holds, as a new generation, by the very plan and commit that `seed` has. */
export const treeImport = async (run: Run<TreeImportOptions>): Promise<Result> => {
  const { tree: name, path } = run.options
  const source = knownTree(run.inventory, name)
  const { secrets, auth } = await asDman(run)
  notAmidRotation(secrets)
  const made = await wanted(run, source, identitiesOf(secrets))
  const trees = made.map((tree) => besideOthers(tree, run.inventory.trees))
  for (const tree of trees) await checkTree(source, tree, { interrupted: run.interrupted })
  const message = run.options.message ?? `import of ${path}`
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const asked = { ...run, options: { ...run.options, message } }
    const seeded = await seedAll(asked, fleet, { trees, auth }, seen.ensemble)
    return saidOfAll(seeded, run.options.dryRun)
  })
}

async function wanted(run: Run<TreeImportOptions>, source: TreeSource, identities: Identities): Promise<Tree[]> {
  const { path: file } = run.options
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    const forbidden = unpublished(run.inventory)
    // The bytes as they are: what a source asks for was done before they came to be there.
    const { name, path, separator, variables, prune, acl, acls, secret, root, history } = source
    const common = { name, path, separator, variables, prune, acl, acls, secret, root, history }
    return readTrees([{ ...common, from: [file], format: 'files', templates: false }], identities, { forbidden })
  }
  const { entries, from } = await readJson(file, source.path, identities)
  if (from !== source.path)
    run.emit({
      task: `trees/${source.name}`,
      is: 'log',
      level: 'info',
      text: `what ${from} is there comes to ${source.path}`,
    })
  return desiredTrees([{ source, entries }], identities)
}
