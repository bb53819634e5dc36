import { Failure, Failures } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import type { Tree } from './desired.ts'
import { parentOf } from './path.ts'
import type { Layered } from './source/layers.ts'
import { checkSchema } from './source/schema.ts'
import { type Patience, validate } from './source/validate.ts'

/**
 * Holds a tree that does not come from its source (an import, a former generation) against what the source has to pass. Of `format: keys`
 * the schema is about files, which are no longer there: `validate` alone is asked. Throws Failures, exit 3, and as validate.
 */
export async function checkTree(source: TreeSource, tree: Tree, how: Patience): Promise<void> {
  const problems: Failure[] = []
  if (source.format === 'files')
    await checkSchema(source, entriesOf(tree), (file, got, hint) =>
      problems.push(new Failure({ step: `check tree ${source.name}`, got: `${file}: ${got}`, hint, exit: 3 })),
    )
  if (problems.length > 0) throw new Failures(problems)
  await validate(source, tree, how)
}

/** As a folder would have them: what has children and no data is one. */
function entriesOf({ path: top, znodes }: Tree): Layered[] {
  const parents = new Set([...znodes.keys()].map(parentOf))
  return [...znodes].map(([path, { data }]) => ({
    below: path.slice(top.length + 1),
    data,
    file: path,
    layer: 0,
    ...(data.length === 0 && parents.has(path) && { isFolder: true as const }),
  }))
}
