import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { Checksum } from '../inventory/inventory.ts'
import type { Archive } from './archive.ts'
import { type KindReader, kindReader } from './kind.ts'
import { type Listing, newListing, Unsafe } from './listing.ts'
import { codeOf } from './state.ts'

/** What one pass over an archive tells: its digests, and what it is or why it may not be used. */
export interface Examined {
  readonly size: number
  readonly sha256: string
  /** only where it was asked for */
  readonly sha512?: string
  readonly found: Archive | { wrong: string }
}

/**
 * Reads an archive once, as a stream: digests, listing, kind. `progress` gets the bytes read so far. Rejects only where the
 * file cannot be read; what is wrong with its content is in `found`, and its digests are whole then, too.
 */
export async function examine(
  path: string,
  options: { kind: Archive['kind']; sha512: boolean; progress: (done: number) => void; deadline: AbortSignal },
): Promise<Examined> {
  const meter = meterFor(options.sha512, options.progress)
  let found: { told: Archive } | { wrong: string }
  try {
    found = { told: await list(path, options, meter.stream) }
  } catch (error) {
    options.deadline.throwIfAborted()
    const why = whyUnusable(error)
    if (why === undefined) throw error
    found = { wrong: why }
  }
  const whole = 'told' in found ? meter : await digestAlone(path, options)
  const { size, sha256, sha512 } = whole.digests()
  const digests = { size, sha256, ...(sha512 === undefined ? {} : { sha512 }) }
  if ('wrong' in found) return { ...digests, found }
  const release = `${options.kind}-${sha256.slice(0, 12)}`
  return { ...digests, found: { ...found.told, size, sha256, release } }
}

/** The listing alone; size and digests are filled in when all has gone past. Rejects with Unsafe, or as gzip and tar do. */
async function list(
  path: string,
  { kind, deadline }: { kind: Archive['kind']; deadline: AbortSignal },
  meter: Transform,
): Promise<Archive> {
  const [listing, reader, tar] = [newListing(), kindReader(kind), extract()]
  const piping = pipeline(
    createReadStream(path, { highWaterMark: 2 ** 20 }),
    meter,
    createGunzip({ chunkSize: 2 ** 18 }),
    tar,
    {
      signal: deadline,
    },
  )
  const reading = readEntries(tar, listing, reader)
  // what the reader says comes first: where it ends the stream, the pipe only tells that it was ended
  const [read, piped] = await Promise.allSettled([reading, piping])
  if (read.status === 'rejected' && read.reason instanceof Unsafe) throw read.reason
  if (piped.status === 'rejected') throw piped.reason
  if (read.status === 'rejected') throw read.reason
  if (listing.root === '') throw new Unsafe('it is empty')
  const result = reader.result()
  if ('wrong' in result) throw new Unsafe(result.wrong)
  const { entries, unpackedBytes } = listing
  return { kind, path, size: 0, sha256: '', release: '', unpackedBytes, entries, ...result.told }
}

async function readEntries(tar: ReturnType<typeof extract>, listing: Listing, reader: KindReader): Promise<void> {
  for await (const entry of tar) {
    const { name, type, size, mode, linkname } = entry.header
    const header = { name, type, size, mode, linkname }
    const taker = reader.entry(listing.add(header), header)
    if (taker === undefined) {
      entry.resume()
      continue
    }
    for await (const chunk of entry) taker.read(chunk as Buffer)
    taker.end()
  }
}

interface Meter {
  readonly stream: Transform
  digests(): { size: number; sha256: Checksum; sha512?: Checksum }
}

/** Passes bytes on, and counts and digests them. */
function meterFor(wants512: boolean, progress: (done: number) => void): Meter {
  const sha256 = createHash('sha256')
  const sha512: Hash | undefined = wants512 ? createHash('sha512') : undefined
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length
      sha256.update(chunk)
      sha512?.update(chunk)
      progress(size)
      done(null, chunk)
    },
  })
  return {
    stream,
    digests: () => ({
      size,
      sha256: sha256.digest('hex'),
      ...(sha512 === undefined ? {} : { sha512: sha512.digest('hex') }),
    }),
  }
}

/** Where the listing ended early, the digests need a pass of their own. */
async function digestAlone(
  path: string,
  { sha512, progress, deadline }: { sha512: boolean; progress: (done: number) => void; deadline: AbortSignal },
): Promise<Meter> {
  const meter = meterFor(sha512, progress)
  meter.stream.resume()
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), meter.stream, { signal: deadline })
  return meter
}

/** What is wrong with the content, in words; undefined where the file itself could not be read. */
function whyUnusable(error: unknown): string | undefined {
  if (error instanceof Unsafe) return error.message
  const code = codeOf(error)
  const words = error instanceof Error ? error.message : code
  if (code === 'Z_BUF_ERROR') return 'it is cut short'
  if (code.startsWith('Z_')) return words === 'incorrect header check' ? 'it is no .tar.gz' : `it is damaged: ${words}`
  if (/unexpected end of data/i.test(words)) return 'it is cut short'
  return /tar header|checksum|invalid/i.test(words) ? 'it is no tarball' : undefined
}
