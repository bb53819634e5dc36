import { Failure } from '../model/failure.ts'
import { absent, present, unknown } from '../model/fact.ts'
import type { Fact } from '../model/fact.ts'
import { sideBySide } from '../model/pool.ts'
import { ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Acl, Reader, Stat } from '../zookeeper/zookeeper.ts'
import { isAcl } from './acl.ts'
import type { Tree } from './desired.ts'
import { decodeHead } from './head.ts'
import type { Head } from './head.ts'
import { damaged, hashOf, isHash, readChunk, readIndex } from './manifest.ts'
import type { AclKey, Hash, Manifest, Written } from './manifest.ts'
import { ancestorsOf, join, metaFolders, metaOf, recordAt } from './path.ts'
import { decodeRecord } from './history/record.ts'
import type { HistoryRecord } from './history/record.ts'

/** HEAD as it was seen, its bytes, and the znode's version, which conditional writes name. */
export interface SeenHead {
  readonly head: Head
  readonly data: Buffer
  readonly version: number
}

/** What was applied last, or was begun to be: every owned path with what may have been written there. */
export interface Applied extends SeenHead {
  readonly owned: ReadonlyMap<string, readonly Written[]>
  /** objects of these manifests, and the keys of their ACLs: nobody removes them while HEAD is at this version */
  readonly needed: ReadonlySet<string>
}

export interface LiveZnode {
  readonly hash: Hash
  readonly version: number
  readonly size: number
  /** number of children, whosever they are */
  readonly children: number
  /** goes with its session, or with its last child */
  readonly ephemeral: boolean
  readonly acl: readonly Acl[]
  readonly aversion: number
}

/** An ACL, and how often it was changed: what a conditional change expects. */
export type LiveAcl = Pick<LiveZnode, 'acl' | 'aversion'>

/** What is there: of wanted and owned paths those that exist, of folders needed above those that do, and stored metadata. */
export interface LiveTree {
  readonly znodes: ReadonlyMap<string, LiveZnode>
  readonly folders: ReadonlySet<string>
  /** names of manifests' objects, and keys of ACLs */
  readonly stored: ReadonlySet<Hash>
  readonly storedAcls: ReadonlySet<AclKey>
  /** ACLs of the metadata that others may read, by path; none where that of its folder, which is changed last, is as it should be, and nothing was left begun */
  readonly meta: ReadonlyMap<string, LiveAcl>
  /** of the generation that a run which did not finish began, with the hashes of the bytes that it kept */
  readonly record: { readonly value: HistoryRecord; readonly bytes: ReadonlySet<Hash> } | null
}

export interface TreeFacts {
  readonly applied: Fact<Applied>
  readonly live: Fact<LiveTree>
}

const large = 1000

type Place = Pick<Tree, 'name' | 'path'>

/**
 * Reads all that planning needs: where nothing changed since the tree's last seed in one round trip, else in three or four.
 * What ZooKeeper refuses, or what can't be understood, becomes unknown; the failure's cause is the ZooKeeperError.
 */
export async function observeTree(zk: Reader, want: Tree): Promise<TreeFacts> {
  const meta = metaOf(want.name)
  const folders = [...new Set([...ancestorsOf(want.path), ...metaFolders(want.name)])]
  const live = new Map<string, LiveZnode>()
  try {
    // At a first seed the top alone says that nothing is there: a round trip less than thousands of needless reads.
    const skip = want.znodes.size > large && (await Promise.all([zk.sync(want.path), zk.exists(want.path)]))[1] === null
    const read = znodeReader(zk, live)
    const [, seen, metaAcl, stored, storedAcls, there] = await Promise.all([
      zk.sync(meta.head),
      readHead(zk, want),
      zk.getAcl(meta.folder),
      zk.children(meta.manifest),
      zk.children(meta.acls),
      pipelined(folders, (path) => zk.exists(path)),
      read(skip ? [] : want.znodes.keys()),
    ])
    const applied = await readApplied(zk, want, seen)
    if (applied.is === 'present') await read([...applied.value.owned.keys()].filter((path) => !want.znodes.has(path)))
    const exist = folders.filter((_, index) => there[index] !== null)
    const isMetaDue = metaAcl !== null && (seen?.head.applying != null || !isAcl(metaAcl.acl, want.metaAcl))
    const readable = [meta.folder, meta.head, meta.manifest, ...(stored ?? []).map((name) => join(meta.manifest, name))]
    return {
      applied,
      live: present({
        znodes: live,
        folders: new Set(exist),
        stored: new Set(stored?.filter(isHash)),
        storedAcls: new Set(storedAcls),
        meta: isMetaDue ? await readAcls(zk, readable) : new Map<string, LiveAcl>(),
        record: seen?.head.applying == null ? null : await readBegun(zk, want, seen.head.generation + 1),
      }),
    }
  } catch (error) {
    const why = failureOf(want, error)
    return { applied: unknown(why), live: unknown(why) }
  }
}

async function readBegun(zk: Reader, { name }: Place, generation: number): Promise<LiveTree['record']> {
  const path = recordAt(name, generation)
  const [found, bytes] = await Promise.all([zk.get(path), zk.children(path)])
  if (found === null) return null
  return { value: decodeRecord(found.data, `read the history of tree ${name}`), bytes: new Set(bytes) }
}

async function readAcls(zk: Reader, paths: readonly string[]): Promise<ReadonlyMap<string, LiveAcl>> {
  const found = await pipelined(paths, async (path) => [path, await zk.getAcl(path)] as const)
  return new Map(
    found.flatMap(([path, seen]) => (seen === null ? [] : [[path, { acl: seen.acl, aversion: seen.stat.aversion }]])),
  )
}

/** HEAD, or null where the tree was never seeded. Throws a Failure, exit 5, where it can't be understood. */
export async function readHead(zk: Reader, { name }: Pick<Tree, 'name'>): Promise<SeenHead | null> {
  const found = await zk.get(metaOf(name).head)
  if (found === null) return null
  const { data, stat } = found
  return { head: decodeHead(data, `read HEAD of tree ${name}`), data, version: stat.version }
}

async function readApplied(zk: Reader, want: Tree, seen: SeenHead | null): Promise<Fact<Applied>> {
  if (seen === null) return absent
  const { root, applying } = seen.head
  const roots = [root, ...(applying === null ? [] : [applying.root, ...applying.abandoned])]
  const owned = new Map<string, readonly Written[]>()
  const needed = new Set<string>()
  try {
    for (const read of await Promise.all(roots.map((each) => readManifest(zk, want, each, want.manifest.objects)))) {
      for (const [path, written] of read.manifest) owned.set(path, [...(owned.get(path) ?? []), written])
      read.needed.forEach((name) => needed.add(name))
    }
  } catch (error) {
    // Whoever moves HEAD removes what the one before needed.
    const now = error instanceof Failure ? await readHead(zk, want) : seen
    return now?.version === seen.version ? unknown(failureOf(want, error)) : readApplied(zk, want, now)
  }
  return present({ ...seen, owned, needed })
}

/** A manifest as it was read, with the names of its objects and the keys of its ACLs. */
export interface ReadManifest {
  readonly manifest: Manifest
  readonly needed: readonly string[]
}

/**
 * A stored manifest; `known` are objects that need not be read. Null as root names the empty one. Throws a ZooKeeperError, or a
 * Failure, exit 5, where something is missing or damaged.
 */
export async function readManifest(
  zk: Reader,
  { name }: Pick<Tree, 'name'>,
  root: Hash | null,
  known: ReadonlyMap<Hash, Buffer> = new Map(),
): Promise<ReadManifest> {
  const step = `read the manifest of tree ${name}`
  if (root === null) return { manifest: new Map(), needed: [] }
  const object = objectReader(zk, name, step, known)
  const { chunks, acl, acls } = readIndex(await object(root), step)
  const entries = (await pipelined(chunks, object)).flatMap((chunk) => readChunk(chunk, acl, step))
  return { manifest: new Map(entries), needed: [root, ...chunks, acl, ...acls] }
}

/** Reads objects of a tree's manifests by name; throws as readManifest. */
export const objectReader =
  (zk: Reader, tree: string, step: string, known: ReadonlyMap<Hash, Buffer> = new Map()) =>
  async (hash: Hash): Promise<Buffer> => {
    const data = known.get(hash) ?? (await zk.get(join(metaOf(tree).manifest, hash)))?.data
    if (data === undefined) throw damaged(step, `${hash} is missing`)
    if (hashOf(data) !== hash) throw damaged(step, `${hash} holds something else`)
    return data
  }

/** Adds what is at paths, without its bytes: they are held only until they are hashed. Equal ACLs are held once. */
function znodeReader(zk: Reader, into: Map<string, LiveZnode>): (paths: Iterable<string>) => Promise<unknown> {
  const acls = new Map<string, readonly Acl[]>()
  const once = (acl: readonly Acl[]): readonly Acl[] => {
    const key = JSON.stringify(acl)
    const known = acls.get(key) ?? acl
    acls.set(key, known)
    return known
  }
  return (paths) =>
    pipelined(paths, async (path) => {
      const [found, acl] = await Promise.all([zk.get(path), zk.getAcl(path)])
      if (found === null || acl === null) return
      const { stat, data } = found
      into.set(path, {
        hash: hashOf(data),
        version: stat.version,
        size: data.length,
        children: stat.numChildren,
        ephemeral: isEphemeral(stat),
        acl: once(acl.acl),
        aversion: acl.stat.aversion,
      })
    })
}

/** Whether a znode goes by itself: with its session, with its last child, or with time. */
export const isEphemeral = ({ ephemeralOwner }: Pick<Stat, 'ephemeralOwner'>): boolean =>
  /[1-9a-f]/.test(ephemeralOwner)

// What a server answers is held until it is hashed, and it stops reading from a session at a thousand requests anyway;
// a znode is two.
const window = 500

/** `read` of every item, in order, with so many under way at once that no round trip is waited for. */
export const pipelined = <T, R>(items: Iterable<T>, read: (item: T) => Promise<R>): Promise<R[]> =>
  sideBySide(window, items, read)

/** What a session or a reader threw, as a Failure about this tree. */
export function failureOf({ name }: Pick<Place, 'name'>, error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof ZooKeeperError)) throw error
  const hint =
    error.code === 'NO_AUTH'
      ? 'an ACL keeps the identity dman away: look at it with getAcl'
      : 'run it again; status shows whether the ensemble serves'
  return new Failure({ step: `tree ${name}`, got: `${error.code}: ${error.message}`, hint, cause: error })
}
