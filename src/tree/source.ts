import { Failure, Failures } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { requestLimit } from '../zookeeper/transaction.ts'
import type { Identities } from './acl.ts'
import { collect, desiredTrees, type Tree } from './desired.ts'
import { expand, keysFile } from './source/expand.ts'
import { type Layered, merge, type Merged, placeOf } from './source/layers.ts'
import { checkSchema } from './source/schema.ts'
import { render } from './source/template.ts'
import { validate } from './source/validate.ts'
import { readFolder, realPath, type Refuse } from './source/walk.ts'

export interface Reading {
  /** files and folders that must not be published, whatever links lead there */
  readonly forbidden?: readonly string[]
  /** bytes that a request may have */
  readonly limit?: number
  readonly interrupted?: AbortSignal
  /** milliseconds that a tree's `validate` may take */
  readonly timeout?: number
}

/** A tree's source as it counts: layers merged, templates filled in. */
export interface ReadSource extends Merged {
  readonly source: TreeSource
}

/**
 * The trees that their folders describe, held against schemas and `validate` commands. Throws Failures, exit 3, with every problem of all of
 * them, before anything is written (case 30).
 */
export async function readTrees(
  sources: readonly TreeSource[],
  identities: Identities,
  { limit = requestLimit, ...reading }: Reading = {},
): Promise<Tree[]> {
  const problems: Failure[] = []
  const read: ReadSource[] = []
  for (const source of sources) read.push(await readSource(source, reading, problems))
  const given = read.map(({ source, entries }) => ({
    source,
    entries: entries.map((entry) => ({ below: entry.below, data: entry.data, file: placeOf(entry) })),
  }))
  const trees = collect(problems, () => desiredTrees(given, identities, limit))
  if (problems.length > 0 || trees === undefined) throw new Failures(problems)
  for (const [index, tree] of trees.entries()) {
    const source = sources[index]
    if (source !== undefined) await validate(source, tree, reading)
  }
  return trees
}

/** One source; problems are added. */
export async function readSource(
  source: TreeSource,
  { forbidden = [] }: Pick<Reading, 'forbidden'>,
  problems: Failure[],
): Promise<ReadSource> {
  const before = problems.length
  const refuse: Refuse = (file, got, hint) =>
    problems.push(new Failure({ step: `read tree ${source.name}`, got: `${file}: ${got}`, hint, exit: 3 }))
  const { entries, overridden } = await readLayers(source, forbidden, refuse)
  const filled = source.templates ? entries.map((entry) => filledIn(entry, source, refuse)) : entries
  if (problems.length === before) await checkSchema(source, filled, refuse)
  return { source, entries: filled, overridden }
}

async function readLayers(source: TreeSource, forbidden: readonly string[], refuse: Refuse): Promise<Merged> {
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

const filledIn = (entry: Layered, { variables }: TreeSource, refuse: Refuse): Layered =>
  entry.isFolder === true ? entry : render(entry, variables, refuse)
