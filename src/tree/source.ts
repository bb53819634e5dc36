import { Failure, Failures } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { requestLimit } from '../zookeeper/transaction.ts'
import type { Identities } from './acl.ts'
import { desiredTrees } from './desired.ts'
import type { SourceEntry, Tree } from './desired.ts'
import { expand, keysFile } from './source/expand.ts'
import { merge, placeOf, type Layered, type Merged } from './source/layers.ts'
import { readFolder, realPath, type Refuse } from './source/walk.ts'
import { render } from './source/template.ts'

/**
 * Reads the trees' folders; `forbidden` are files and folders that must not be published, whatever links lead there. Throws Failures, exit 3, with every problem of all of them; nothing is contacted
 * (case 30).
 */
export async function readTrees(
  sources: readonly TreeSource[],
  identities: Identities,
  forbidden: readonly string[] = [],
  limit = requestLimit,
): Promise<Tree[]> {
  const problems: Failure[] = []
  const read = []
  for (const source of sources) {
    const refuse = refusing(source, problems)
    const { entries } = await readLayers(source, forbidden, refuse)
    read.push({ source, entries: rendered(source, entries, refuse) })
  }
  try {
    const trees = desiredTrees(read, identities, limit)
    if (problems.length === 0) return trees
  } catch (error) {
    if (!(error instanceof Failures)) throw error
    problems.push(...error.all)
  }
  throw new Failures(problems)
}

export const refusing =
  ({ name }: TreeSource, problems: Failure[]): Refuse =>
  (file, got, hint) =>
    problems.push(new Failure({ step: `read tree ${name}`, got: `${file}: ${got}`, hint, exit: 3 }))

/** What the source's folders have, laid over each other, templates not yet rendered. */
export async function readLayers(source: TreeSource, forbidden: readonly string[], refuse: Refuse): Promise<Merged> {
  const closed = new Set(forbidden.flatMap(realPath))
  const layers: Layered[][] = []
  for (const [layer, folder] of source.from.entries()) {
    const entries = await readFolder(folder, layer, closed, refuse)
    layers.push(source.format === 'keys' ? entries.flatMap((entry) => keysOf(entry, source, refuse)) : entries)
  }
  return merge(layers, (first, second) => {
    refuse(placeOf(second), `the same znode as ${placeOf(first)}`, 'keep one of them')
  })
}

/** The znodes of a file of keys, or of another one the one. */
const keysOf = (entry: Layered, { separator }: TreeSource, refuse: Refuse): readonly Layered[] =>
  entry.isFolder === true || keysFile(entry.file) === undefined ? [entry] : expand(entry, separator, refuse)

function rendered(source: TreeSource, entries: readonly Layered[], refuse: Refuse): SourceEntry[] {
  return entries.map((entry) => ({
    below: entry.below,
    data: source.templates && entry.isFolder !== true ? render(entry, source.variables, refuse) : entry.data,
    file: placeOf(entry),
  }))
}
