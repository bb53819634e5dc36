import { Failure, Failures, failuresOf, throwAll } from '../model/failure.ts'
import { matcher } from '../model/pattern.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { treeProblem, znodeProblem } from '../model/znode-path.ts'
import { encodedSize, operationSize, requestLimit } from '../zookeeper/transaction.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'
import { dmanAcl, type Identities, metaAcl, type NamedAcl, namedAcl, ownAcl } from './acl.ts'
import { type AclKey, type Hash, hashOf, type StoredManifest, storeManifest } from './meta/manifest.ts'
import { bytesAt, join, metaOf } from './path.ts'

/** What a source says of one znode: its path below the tree's, '' for the tree's own, and the file that says so. */
export interface SourceEntry {
  readonly below: string
  readonly data: Buffer
  readonly file: string
  /** instead of what the inventory says */
  readonly acl?: readonly string[]
  /** its data is empty, and where it has to be made it is to be null */
  readonly isNull?: boolean
  /** must not be shown, whatever the inventory says */
  readonly isSecret?: boolean
}

export interface Znode {
  readonly data: Buffer
  readonly hash: Hash
  /** of empty data: where the znode has to be made, that is null; no difference otherwise */
  readonly isNull?: boolean
  readonly acl: readonly Acl[]
  readonly aclKey: AclKey
  /** not to be shown in any output */
  readonly isSecret: boolean
}

/** What is asked for: every znode of one tree, parents before children. */
export interface Tree {
  readonly name: string
  readonly path: string
  readonly prune: 'owned' | 'never'
  /** `/` is to have ownAcl, too */
  readonly closesRoot: boolean
  /** of what is above the tree, and above its metadata */
  readonly ownAcl: readonly Acl[]
  /** of its metadata */
  readonly metaAcl: readonly Acl[]
  /** of that part of its metadata that nobody else may read */
  readonly dmanAcl: readonly Acl[]
  readonly znodes: ReadonlyMap<string, Znode>
  /** the ACLs of `znodes`, by key */
  readonly acls: ReadonlyMap<AclKey, NamedAcl>
  /** `znodes` as a manifest */
  readonly manifest: StoredManifest
  /** the tree that wants a path, of all trees at hand: what moves from one to the other is not pruned */
  readonly claims: Pick<ReadonlyMap<string, string>, 'get'>
  /** generations to keep, the current one included */
  readonly history: number
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
    const { name, path, prune, history } = source
    const closesRoot = source.root === 'closed'
    const step = `read tree ${name}`
    const ours = collect(problems, () => [ownAcl(identities, step), dmanAcl(identities, step)]) ?? []
    const [above = [], dman = []] = ours
    const about = { source, sizeOf: sizing(name, dman), aclOf: aclsOf(source, identities, problems), limit }
    const { znodes, acls } = znodesOf(entries, about, { problems, claims, files })
    const readers = [...acls.values()].map(({ acl }) => acl)
    const meta = collect([], () => metaAcl(readers, identities, step)) ?? []
    const manifest = storeManifest(new Map([...znodes].map(([at, { hash, aclKey: acl }]) => [at, { hash, acl }])))
    const allowed = { ownAcl: above, metaAcl: meta, dmanAcl: dman }
    return { name, path, prune, closesRoot, ...allowed, znodes, acls, manifest, claims, history, limit }
  })
  throwAll(problems)
  return trees
}

interface About {
  readonly source: TreeSource
  readonly sizeOf: ReturnType<typeof sizing>
  readonly aclOf: (entry: SourceEntry) => NamedAcl
  readonly limit: number
}

/** Of all trees: what is wrong with them, which of them wants a path, and the file that says so. */
interface Together {
  readonly problems: Failure[]
  readonly claims: Map<string, string>
  readonly files: Map<string, string>
}

function znodesOf(entries: readonly SourceEntry[], about: About, { problems, claims, files }: Together) {
  const { name, path, secret } = about.source
  const isSecret = anyOf(secret)
  const znodes = new Map<string, Znode>()
  const acls = new Map<AclKey, NamedAcl>()
  for (const entry of entries) {
    const { below, data, file, isNull = false } = entry
    const at = below === '' ? path : join(path, below)
    const named = about.aclOf(entry)
    const { acl, key: aclKey } = named
    const problem = problemOf(at, data, { ...about, acl }) ?? clash(files.get(at))
    if (problem !== undefined)
      problems.push(new Failure({ step: `read tree ${name}`, ...problem, got: `${file}: ${problem.got}`, exit: 3 }))
    files.set(at, file)
    claims.set(at, name)
    acls.set(aclKey, named)
    const hidden = entry.isSecret ?? isSecret(below)
    znodes.set(at, { data, hash: hashOf(data), acl, aclKey, isSecret: hidden, ...(isNull && { isNull }) })
  }
  return { znodes, acls }
}

/** The ACL of each entry: its own, that of the last pattern that matches, or the tree's. What is wrong with any is added to the problems. */
function aclsOf(source: TreeSource, identities: Identities, problems: Failure[]): (entry: SourceEntry) => NamedAcl {
  const known = new Map<string, NamedAcl>()
  const named = (texts: readonly string[]): NamedAcl => {
    const found = known.get(texts.join('\n'))
    if (found !== undefined) return found
    const made = collect(problems, () => namedAcl(texts, identities, `read tree ${source.name}`)) ?? nothing
    known.set(texts.join('\n'), made)
    return made
  }
  const patterns = source.acls.map(({ pattern, acl }) => ({ matches: matcher(pattern), acl: named(acl) })).reverse()
  const otherwise = named(source.acl)
  return ({ below, acl }) =>
    acl === undefined ? (patterns.find(({ matches }) => matches(below))?.acl ?? otherwise) : named(acl)
}

const emptyHash = hashOf('')
const nothing: NamedAcl = { key: '', texts: [], acl: [] }

function anyOf(patterns: readonly string[]): (below: string) => boolean {
  const matchers = patterns.map(matcher)
  return (below) => matchers.some((matches) => matches(below))
}

/**
 * Bytes of the least request that can carry a znode, or later its bytes to the history: every transaction of a larger apply checks HEAD. What
 * is the same for all znodes is counted once.
 */
function sizing(name: string, dman: readonly Acl[]): (path: string, data: Buffer, acl: readonly Acl[]) => number {
  const check = encodedSize([{ do: 'check', path: metaOf(name).head, version: 0 }])
  const kept = operationSize({ do: 'create', path: bytesAt(name, 1, emptyHash), data: Buffer.alloc(0), acl: dman })
  return (path, data, acl) => check + Math.max(operationSize({ do: 'create', path, data, acl }), kept + data.length)
}

function problemOf(
  path: string,
  data: Buffer,
  tree: { source: TreeSource; acl: readonly Acl[]; sizeOf: ReturnType<typeof sizing>; limit: number },
) {
  const forbidden = path === tree.source.path ? treeProblem(path) : znodeProblem(path)
  if (forbidden !== undefined)
    return { got: `${forbidden} (znode ${JSON.stringify(path)})`, hint: 'rename it: ZooKeeper would refuse it' }
  const size = tree.sizeOf(path, data, tree.acl)
  if (size <= tree.limit) return undefined
  const got = `${data.length} bytes: a request of ${size} bytes, of at most ${tree.limit}`
  return { got, hint: 'ZooKeeper’s jute.maxbuffer limits a request: split the value, or keep it elsewhere' }
}

const clash = (other: string | undefined) =>
  other === undefined ? undefined : { got: `also in ${other}`, hint: 'leave one of the two: they are the same znode' }

/** What `make` returns, or undefined once the failures that it throws are among the `problems`. */
export function collect<T>(problems: Failure[], make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure || error instanceof Failures)) throw error
    problems.push(...failuresOf(error))
    return undefined
  }
}
