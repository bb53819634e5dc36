import { Failure } from '../../model/failure.ts'
import type { TreeSource } from '../../model/tree-source.ts'
import { isWithin } from '../../model/znode-path.ts'
import type { Reader } from '../../zookeeper/zookeeper.ts'
import type { Identities } from '../acl.ts'
import { besideOthers } from '../beside.ts'
import { desiredTrees, type SourceEntry, type Tree } from '../desired.ts'
import { treeFailure } from '../failure.ts'
import { type Hash, hashOf, type Manifest } from '../meta/manifest.ts'
import { readManifest } from '../meta/read.ts'
import { pipelined } from '../pipelined.ts'
import { type History, readHistory, readKept, readStoredAcls } from './history.ts'
import type { HistoryRecord } from './record.ts'

/** What is asked for: a former generation's znodes, read from the tree where they are still there, else from the history. */
export interface Former {
  readonly tree: Tree
  /** the generation that is brought back, and the one that it was read under */
  readonly to: number
  readonly from: number
}

/**
 * The tree as a generation had it: `to`, by default the one before the current, or the current one where another was begun and not finished.
 * `all` are the inventory's trees. Throws a Failure: exit 3 where that is not kept, exit 5 where bytes of it are nowhere any more, another tree has
 * its place, or anything can't be understood.
 */
export async function formerTree(
  zk: Reader,
  source: TreeSource,
  identities: Identities,
  to?: number,
  all: readonly TreeSource[] = [],
): Promise<Former> {
  try {
    const history = await readHistory(zk, source)
    const record = chosen(source.name, history, to)
    const { manifest } = await readManifest(zk, source, record.root)
    const within = new Map([...manifest].filter(([path]) => isWithin(record.path, path)))
    const [bytes, acls] = await Promise.all([
      readBytes(zk, source.name, within, history),
      readStoredAcls(
        zk,
        source.name,
        [...within.values()].map(({ acl }) => acl),
      ),
    ])
    const entries = [...within].map(([path, { hash, acl }]): SourceEntry => {
      const below = path.slice(record.path.length + 1)
      return { below, data: bytes.get(hash) ?? empty, file: path, acl: acls.get(acl) ?? [] }
    })
    // Parents sort before their children.
    entries.sort((a, b) => (a.below < b.below ? -1 : 1))
    const [tree] = desiredTrees([{ source: { ...source, path: record.path }, entries }], identities)
    if (tree === undefined) throw new TypeError('one source makes one tree')
    return { tree: besideOthers(tree, all), to: record.generation, from: history.head.generation }
  } catch (error) {
    throw treeFailure(source, error)
  }
}

const empty = Buffer.alloc(0)

function chosen(name: string, { head, records }: History, to: number | undefined): HistoryRecord {
  // What was begun and not finished is what is undone first.
  const below = head.applying === null ? head.generation : head.generation + 1
  const wanted = to ?? records.find(({ generation }) => generation < below)?.generation
  const record = records.find(({ generation }) => generation === wanted)
  if (record !== undefined) return record
  const all = records.map(({ generation }) => generation).join(', ')
  throw new Failure({
    step: `roll back tree ${name}`,
    got: to === undefined ? 'there is no generation before the current one' : `generation ${to} is not kept`,
    hint: `the history has ${all === '' ? 'none' : all}; the tree’s setting in the inventory says how many are kept`,
    exit: 3,
  })
}

/** The bytes of every hash in the manifest. */
async function readBytes(zk: Reader, name: string, manifest: Manifest, history: History) {
  const bytes = new Map<Hash, Buffer>([[hashOf(empty), empty]])
  const take = async (path: string, hash: Hash) => {
    const found = bytes.has(hash) ? null : await zk.get(path)
    if (found !== null && hashOf(found.data) === hash) bytes.set(hash, found.data)
  }
  await pipelined(manifest, ([path, { hash }]) => take(path, hash))
  if ([...manifest.values()].some(({ hash }) => !bytes.has(hash))) {
    const kept = await readKept(zk, name, history)
    await pipelined(kept, ([hash, path]) => take(path, hash))
  }
  const lost = [...manifest].filter(([, { hash }]) => !bytes.has(hash)).map(([path]) => path)
  if (lost.length > 0) throw gone(name, lost)
  return bytes
}

const gone = (name: string, paths: readonly string[]): Failure =>
  new Failure({
    step: `roll back tree ${name}`,
    got: `bytes of that generation are nowhere any more: ${paths.slice(0, 20).join(', ')}${paths.length > 20 ? ` and ${paths.length - 20} more` : ''}`,
    hint: 'someone else overwrote them before they were kept: take another generation, or seed from the source',
    exit: 5,
  })
