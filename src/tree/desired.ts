import { Failure, Failures, failuresOf, throwAll } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { treeProblem, znodeProblem } from '../model/znode-path.ts'
import { encodedSize, requestLimit } from '../zookeeper/transaction.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'
import { metaAcl, ownAcl, parseAcl } from './acl.ts'
import type { Identities } from './acl.ts'
import { hashOf, storeManifest } from './manifest.ts'
import type { Hash, StoredManifest } from './manifest.ts'
import { join, metaOf } from './path.ts'

/** What a source says of one znode: its path below the tree's, '' for the tree's own, and the file that says so. */
export interface SourceEntry {
  readonly below: string
  readonly data: Buffer
  readonly file: string
  /** as an inventory writes it; only import and rollback give one, else the inventory's is taken */
  readonly acl?: readonly string[]
}

export interface Znode {
  readonly data: Buffer
  readonly hash: Hash
}

/** What is asked for: every znode of one tree, parents before children. */
export interface Tree {
  readonly name: string
  readonly path: string
  readonly prune: 'owned' | 'never'
  readonly acl: readonly Acl[]
  /** of what is above the tree, and above its metadata */
  readonly ownAcl: readonly Acl[]
  /** of its metadata */
  readonly metaAcl: readonly Acl[]
  readonly znodes: ReadonlyMap<string, Znode>
  /** `znodes` as a manifest */
  readonly manifest: StoredManifest
  /** the tree that wants a path, of all trees at hand: what moves from one to the other is not pruned */
  readonly claims: ReadonlyMap<string, string>
  /** bytes that a request may have */
  readonly limit: number
}

/**
 * Trees from what their sources hold. Throws Failures, exit 3, with every problem of all of them: names that ZooKeeper or we
 * forbid, two sources for one path, znodes that don't fit into a request (case 30).
 */
export function desiredTrees(
  sources: readonly { source: TreeSource; entries: readonly SourceEntry[] }[],
  identities: Identities,
  limit = requestLimit,
): Tree[] {
  const problems: Failure[] = []
  const claims = new Map<string, string>()
  const files = new Map<string, string>()
  const trees = sources.map(({ source, entries }): Tree => {
    const { name, path, prune } = source
    const step = `read tree ${name}`
    const acls = collect(problems, () => {
      const acl = source.acl.map((text) => parseAcl(text, identities, step))
      return { acl, ownAcl: ownAcl(identities, step), metaAcl: metaAcl(acl, identities, step) }
    }) ?? { acl: [], ownAcl: [], metaAcl: [] }
    const znodes = new Map<string, Znode>()
    for (const { below, data, file } of entries) {
      const at = below === '' ? path : join(path, below)
      const problem = problemOf(at, data, { source, acl: acls.acl, limit }) ?? clash(files.get(at))
      if (problem !== undefined)
        problems.push(new Failure({ step, ...problem, got: `${file}: ${problem.got}`, exit: 3 }))
      files.set(at, file)
      claims.set(at, name)
      znodes.set(at, { data, hash: hashOf(data) })
    }
    const manifest = storeManifest(new Map([...znodes].map(([at, { hash }]) => [at, hash])))
    return { name, path, prune, ...acls, znodes, manifest, claims, limit }
  })
  throwAll(problems)
  return trees
}

function problemOf(path: string, data: Buffer, tree: { source: TreeSource; acl: readonly Acl[]; limit: number }) {
  const forbidden = path === tree.source.path ? treeProblem(path) : znodeProblem(path)
  if (forbidden !== undefined)
    return { got: `${forbidden} (znode ${JSON.stringify(path)})`, hint: 'rename it: ZooKeeper would refuse it' }
  // Every transaction of a larger apply checks HEAD, so this is the least request that can carry the znode.
  const size = encodedSize([
    { do: 'check', path: metaOf(tree.source.name).head, version: 0 },
    { do: 'create', path, data, acl: tree.acl },
  ])
  if (size <= tree.limit) return undefined
  const got = `${data.length} bytes: a request of ${size} bytes, of at most ${tree.limit}`
  return { got, hint: 'ZooKeeper’s jute.maxbuffer limits a request: split the value, or keep it elsewhere' }
}

const clash = (other: string | undefined) =>
  other === undefined ? undefined : { got: `also in ${other}`, hint: 'leave one of the two: they are the same znode' }

/** What `make` returns, or undefined once the failures that it throws are among the `problems`. */
function collect<T>(problems: Failure[], make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure || error instanceof Failures)) throw error
    problems.push(...failuresOf(error))
    return undefined
  }
}
