import { hash as digest } from 'node:crypto'
import { format } from '../../model/format.ts'
import { damaged, parsed } from './stored.ts'

/** sha256 as base64url, 43 letters: as a znode's name it needs no escaping. */
export type Hash = string

export const hashOf = (data: Buffer | string): Hash => digest('sha256', data, 'base64url')

export const isHash = (name: string): boolean => /^[\w-]{43}$/.test(name)

/** Names an ACL of a tree, 22 letters (acl.ts). */
export type AclKey = string

/** What was written at a path. */
export interface Written {
  readonly hash: Hash
  readonly acl: AclKey
}

/** Absolute paths that a tree owns, with what was written there. */
export type Manifest = ReadonlyMap<string, Written>

/** What an index says: its chunks, the ACL of what has none of its own in them, and the other ACLs that they name. */
export interface Index {
  readonly chunks: readonly Hash[]
  readonly acl: AclKey
  readonly acls: readonly AclKey[]
}

/** A manifest as it is stored: `root` is the name of the index among `objects`, which are named by the hash of their bytes. */
export interface StoredManifest {
  readonly root: Hash
  readonly acls: ReadonlySet<AclKey>
  readonly objects: ReadonlyMap<Hash, Buffer>
}

// What one changed znode writes is the index, 46 bytes a chunk, and one chunk, about 90 bytes a znode:
// least with √2n chunks. A power of two keeps the division the same while a tree grows a little.
const chunkCount = (znodes: number): number => (znodes <= 64 ? 1 : 2 ** Math.round(Math.log2(2 * znodes) / 2))

/** The chunk that a path belongs to depends on nothing but the path and the number of chunks, a power of two. */
const chunkOf = (path: string, count: number): number => {
  // FNV-1a of the UTF-16 units: even enough, and a tenth of what sha256 takes for a path.
  let hash = 0x811c9dc5
  for (let at = 0; at < path.length; at += 1) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193)
  return ((hash ^ (hash >>> 16)) >>> 0) % count
}

const put = (objects: Map<Hash, Buffer>, value: object): Hash => {
  const data = Buffer.from(JSON.stringify({ format, ...value }))
  const name = hashOf(data)
  objects.set(name, data)
  return name
}

// Very long paths only: an object has to fit into a request.
const largestChunk = 256 * 1024

/** Equal manifests are stored as equal objects, whatever order they are in. */
export function storeManifest(manifest: Manifest, count = chunkCount(manifest.size)): StoredManifest {
  const [acl = '', ...acls] = byUse(manifest)
  const chunks = Array.from({ length: count }, (): [string, Stored][] => [])
  for (const [path, { hash, acl: own }] of manifest)
    chunks[chunkOf(path, count)]?.push([path, own === acl ? hash : [hash, own]])
  const objects = new Map<Hash, Buffer>()
  const names = chunks.map((entries) =>
    put(objects, { znodes: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) }),
  )
  if (count < manifest.size && [...objects.values()].some(({ length }) => length > largestChunk))
    return storeManifest(manifest, count * 2)
  return {
    root: put(objects, { acl, acls, chunks: names }),
    acls: new Set(manifest.size === 0 ? [] : [acl, ...acls]),
    objects,
  }
}

/** An entry of a chunk: the ACL only where it is not the index's. */
type Stored = Hash | readonly [Hash, AclKey]

/** The ACL that most have, then the others by name. */
function byUse(manifest: Manifest): readonly AclKey[] {
  const uses = new Map<AclKey, number>()
  for (const { acl } of manifest.values()) uses.set(acl, (uses.get(acl) ?? 0) + 1)
  const keys = [...uses.keys()].sort()
  const most = keys.reduce((best, key) => ((uses.get(key) ?? 0) > (uses.get(best) ?? 0) ? key : best), keys[0] ?? '')
  return [most, ...keys.filter((key) => key !== most)].filter((key) => key !== '')
}

/** Throws a Failure, exit 5, where it is damaged or of a later version. */
export function readIndex(data: Buffer, step: string): Index {
  const { chunks, acl, acls } = parsed(data, step)
  if (!isTexts(chunks)) throw damaged(step, 'no chunks')
  if (typeof acl !== 'string' || !isTexts(acls)) throw damaged(step, 'no acls')
  return { chunks, acl, acls }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Entries of one chunk; `acl` is the index's. Throws as readIndex. */
export function readChunk(data: Buffer, acl: AclKey, step: string): [string, Written][] {
  const { znodes } = parsed(data, step)
  if (typeof znodes !== 'object' || znodes === null) throw damaged(step, 'no znodes')
  return Object.entries(znodes as Readonly<Record<string, unknown>>).map(([path, stored]) => {
    if (typeof stored === 'string') return [path, { hash: stored, acl }]
    const [hash, own] = isTexts(stored) ? stored : []
    if (hash === undefined || own === undefined) throw damaged(step, `no hash of ${path}`)
    return [path, { hash, acl: own }]
  })
}

/** A stored ACL: its texts as an inventory has them, which hold no password of ours. */
export const aclData = (texts: readonly string[]): Buffer => Buffer.from(JSON.stringify({ format, acl: texts }))

/** Throws as readIndex. */
export function readAclData(data: Buffer, step: string): readonly string[] {
  const { acl } = parsed(data, step)
  if (!isTexts(acl)) throw damaged(step, 'no acl')
  return acl
}
