import { Failure } from '../model/failure.ts'
import { absent, present, unknown } from '../model/fact.ts'
import type { Fact } from '../model/fact.ts'
import { sideBySide } from '../model/pool.ts'
import { ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Acl, Reader, Stat } from '../zookeeper/zookeeper.ts'
import type { Tree } from './desired.ts'
import { decodeHead } from './head.ts'
import type { Head } from './head.ts'
import { damaged, hashOf, isHash, readChunk, readIndex } from './manifest.ts'
import type { Hash, Manifest } from './manifest.ts'
import { ancestorsOf, metaFolders, metaOf } from './path.ts'

/** HEAD as it was seen, its bytes, and the znode's version, which conditional writes name. */
export interface SeenHead {
  readonly head: Head
  readonly data: Buffer
  readonly version: number
}

/** What was applied last, or was begun to be: every owned path with the hashes that may have been written there. */
export interface Applied extends SeenHead {
  readonly owned: ReadonlyMap<string, readonly Hash[]>
}

export interface LiveZnode {
  readonly hash: Hash
  readonly version: number
  readonly size: number
  /** number of children, whosever they are */
  readonly children: number
  /** goes with its session, or with its last child */
  readonly ephemeral: boolean
}

/** What is there: of wanted and owned paths those that exist, of folders needed above those that do, and stored manifests. */
export interface LiveTree {
  readonly znodes: ReadonlyMap<string, LiveZnode>
  readonly folders: ReadonlySet<string>
  readonly stored: ReadonlySet<Hash>
  /** of the tree's own znode; null where it is not there */
  readonly acl: readonly Acl[] | null
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
    const [, seen, stored, acl, there] = await Promise.all([
      zk.sync(meta.head),
      readHead(zk, want),
      zk.children(meta.manifest),
      zk.getAcl(want.path),
      pipelined(folders, (path) => zk.exists(path)),
      readLive(zk, skip ? [] : want.znodes.keys(), live),
    ])
    const applied = await readApplied(zk, want, seen)
    if (applied.is === 'present')
      await readLive(
        zk,
        [...applied.value.owned.keys()].filter((path) => !want.znodes.has(path)),
        live,
      )
    const exist = folders.filter((_, index) => there[index] !== null)
    return {
      applied,
      live: present({
        znodes: live,
        folders: new Set(exist),
        stored: new Set(stored?.filter(isHash)),
        acl: acl?.acl ?? null,
      }),
    }
  } catch (error) {
    const why = failureOf(want, error)
    return { applied: unknown(why), live: unknown(why) }
  }
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
  const owned = new Map<string, readonly Hash[]>()
  try {
    for (const manifest of await Promise.all(roots.map((each) => readManifest(zk, want, each, want.manifest.objects))))
      for (const [path, hash] of manifest) owned.set(path, [...(owned.get(path) ?? []), hash])
  } catch (error) {
    // Whoever moves HEAD removes what the one before needed.
    const now = error instanceof Failure ? await readHead(zk, want) : seen
    return now?.version === seen.version ? unknown(failureOf(want, error)) : readApplied(zk, want, now)
  }
  return present({ ...seen, owned })
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
): Promise<Manifest> {
  const step = `read the manifest of tree ${name}`
  const object = async (hash: Hash): Promise<Buffer> => {
    const data = known.get(hash) ?? (await zk.get(`${metaOf(name).manifest}/${hash}`))?.data
    if (data === undefined) throw damaged(step, `${hash} is missing`)
    if (hashOf(data) !== hash) throw damaged(step, `${hash} holds something else`)
    return data
  }
  if (root === null) return new Map()
  const chunks = await pipelined(readIndex(await object(root), step), object)
  return new Map(chunks.flatMap((chunk) => readChunk(chunk, step)))
}

/** Adds what is at the paths, without its bytes: they are held only until they are hashed. */
async function readLive(zk: Reader, paths: Iterable<string>, into: Map<string, LiveZnode>): Promise<void> {
  await pipelined(paths, async (path) => {
    const found = await zk.get(path)
    if (found === null) return
    const { stat, data } = found
    into.set(path, {
      hash: hashOf(data),
      version: stat.version,
      size: data.length,
      children: stat.numChildren,
      ephemeral: isEphemeral(stat),
    })
  })
}

/** Whether a znode goes by itself: with its session, with its last child, or with time. */
export const isEphemeral = ({ ephemeralOwner }: Pick<Stat, 'ephemeralOwner'>): boolean =>
  /[1-9a-f]/.test(ephemeralOwner)

// What a server answers is held until it is hashed, and it stops reading from a session at a thousand requests anyway.
const window = 1000

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
