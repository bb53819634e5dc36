import { hash as digest } from 'node:crypto'
import { Refused } from '../model/failure.ts'
import { format, formatIs, laterVersion } from '../model/format.ts'

/** sha256 as base64url, 43 letters: as a znode's name it needs no escaping. */
export type Hash = string

export const hashOf = (data: Buffer | string): Hash => digest('sha256', data, 'base64url')

export const isHash = (name: string): boolean => /^[\w-]{43}$/.test(name)

/** Absolute paths that a tree owns, with the hash of the bytes that were written there. */
export type Manifest = ReadonlyMap<string, Hash>

/** A manifest as it is stored: `root` is the name of the index among `objects`, which are named by the hash of their bytes. */
export interface StoredManifest {
  readonly root: Hash
  readonly objects: ReadonlyMap<Hash, Buffer>
}

// What one changed znode writes is the index, 46 bytes a chunk, and one chunk, about 90 bytes a znode:
// least with √2n chunks. A power of two keeps the division the same while a tree grows a little.
const chunkCount = (znodes: number): number => (znodes <= 64 ? 1 : 2 ** Math.round(Math.log2(2 * znodes) / 2))

/** The chunk that a path belongs to depends on nothing but the path and the number of chunks, a power of two. */
const chunkOf = (path: string, count: number): number =>
  count === 1 ? 0 : parseInt(digest('sha256', path, 'hex').slice(0, 8), 16) % count

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
  const chunks = Array.from({ length: count }, (): [string, Hash][] => [])
  for (const entry of manifest) chunks[chunkOf(entry[0], count)]?.push(entry)
  const objects = new Map<Hash, Buffer>()
  const names = chunks.map((entries) =>
    put(objects, { znodes: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) }),
  )
  if (count < manifest.size && [...objects.values()].some(({ length }) => length > largestChunk))
    return storeManifest(manifest, count * 2)
  return { root: put(objects, { chunks: names }), objects }
}

/** Names of an index's chunks. Throws a Failure, exit 5, where it is damaged or of a later version. */
export function readIndex(data: Buffer, step: string): readonly Hash[] {
  const { chunks } = parsed(data, step)
  if (!Array.isArray(chunks) || !chunks.every((name) => typeof name === 'string')) throw damaged(step, 'no chunks')
  return chunks
}

/** Entries of one chunk. Throws as readIndex. */
export function readChunk(data: Buffer, step: string): [string, Hash][] {
  const { znodes } = parsed(data, step)
  if (typeof znodes !== 'object' || znodes === null) throw damaged(step, 'no znodes')
  return Object.entries(znodes).map(([path, hash]) => {
    if (typeof hash !== 'string') throw damaged(step, `no hash of ${path}`)
    return [path, hash]
  })
}

/** A JSON object of ours. Throws a Failure, exit 5, where it is none or its format is a later one (docs/design.md, Formats). */
export function parsed(data: Buffer, step: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(data.toString())
  } catch {
    throw damaged(step, 'not JSON')
  }
  if (typeof value !== 'object' || value === null || !('format' in value)) throw damaged(step, 'no format')
  const standing = formatIs(value.format)
  if (standing === 'later') throw laterVersion(Number(value.format), step)
  if (standing === 'damaged') throw damaged(step, `no such format: ${JSON.stringify(value.format)}`)
  return value
}

export const damaged = (step: string, got: string): Refused =>
  new Refused({
    step,
    got: `damaged: ${got}`,
    hint: 'someone else wrote below /dman/meta; once the tree’s own folder there is removed, the next seed takes over what is equal',
  })
