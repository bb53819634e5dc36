import type { Reader } from '../../zookeeper/zookeeper.ts'
import { join, metaOf } from '../path.ts'
import { pipelined } from '../pipelined.ts'
import { decodeHead, type Head } from './head.ts'
import { type Hash, hashOf, type Manifest, readChunk, readIndex } from './manifest.ts'
import { damaged } from './stored.ts'

/** HEAD as it was seen, its bytes, and the znode's version, which conditional writes name. */
export interface SeenHead {
  readonly head: Head
  readonly data: Buffer
  readonly version: number
  /** of the transaction that wrote it last */
  readonly mzxid: string
}

/** HEAD, or null where the tree was never seeded. Throws a Failure, exit 5, where it can't be understood. */
export async function readHead(zk: Reader, { name }: { readonly name: string }): Promise<SeenHead | null> {
  const found = await zk.get(metaOf(name).head)
  if (found === null) return null
  const { data, stat } = found
  return { head: decodeHead(data, `read HEAD of tree ${name}`), data, version: stat.version, mzxid: stat.mzxid }
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
  { name }: { readonly name: string },
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
