import type { BigIntStats } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { readBoundedText } from '../disk/bounded.ts'
import { homeFolder } from '../disk/user.ts'
import { format, formatIs } from '../model/format.ts'
import type { Archive } from './archive.ts'
import { parseRecord, writeFileAtomically } from './state.ts'

/** One archive as it was read once. It is the same file still while nothing of `file` has changed. */
export interface Remembered {
  readonly file: FileIdentity
  readonly sha512?: string | undefined
  readonly archive: Archive
}

/** As texts, since inodes and nanoseconds are beyond JavaScript's numbers. */
export interface FileIdentity {
  readonly path: string
  readonly size: string
  readonly mtime: string
  readonly ctime: string
  readonly inode: string
  readonly device: string
}

export const identityOf = (path: string, stats: BigIntStats): FileIdentity => ({
  path,
  size: String(stats.size),
  mtime: String(stats.mtimeNs),
  ctime: String(stats.ctimeNs),
  inode: String(stats.ino),
  device: String(stats.dev),
})

/** `$XDG_CACHE_HOME/dman-bootstrap`, else below ~/.cache. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, home = homeFolder()): string {
  const base = env['XDG_CACHE_HOME']
  return join(base?.startsWith('/') === true ? base : join(home, '.cache'), 'dman-bootstrap')
}

const text = z.string()
const entry = z.object({
  file: z.object({ path: text, size: text, mtime: text, ctime: text, inode: text, device: text }),
  sha512: text.optional(),
  archive: z.object({
    kind: z.enum(['java', 'zookeeper']),
    path: text,
    size: z.int(),
    sha256: text.regex(/^[0-9a-f]{64}$/),
    release: text,
    unpackedBytes: z.int(),
    entries: z.int(),
    version: text.exactOptional(),
    arch: text.exactOptional(),
    glibc: text.exactOptional(),
    libc: z.enum(['glibc', 'musl']).exactOptional(),
    logging: z.enum(['logback', 'log4j']).exactOptional(),
    metrics: z.boolean().exactOptional(),
    netty: z.boolean().exactOptional(),
  }),
})

/** What the cache file holds: archives, newest first, and the checksums that Apache published, by the address of each. */
export interface Memory {
  readonly archives: readonly Remembered[]
  readonly published: Readonly<Record<string, string>>
}

const nothing: Memory = { archives: [], published: {} }

/** What a cache file says; garbage, and what a later version wrote, is as good as nothing. */
export function memoryOf(content: string): Memory {
  const record = parseRecord(content)
  if (record?.['format'] !== format) return nothing
  const archives = z.array(z.unknown()).safeParse(record['archives']).data ?? []
  const published = z.record(text, text).safeParse(record['published']).data ?? {}
  return { archives: archives.flatMap((part) => entry.safeParse(part).data ?? []), published }
}

/** True where the file belongs to a later version: it is left as it is then. */
const isLater = (content: string): boolean => formatIs(parseRecord(content)?.['format']) === 'later'

/** Bytes; a hundred archives have far less. */
const largest = 2 ** 24
const pathOf = (cache: string): string => join(cache, 'archives.json')

export async function recall(cache: string): Promise<Memory> {
  return memoryOf(await readBoundedText(pathOf(cache), largest).catch(() => ''))
}

/** The archive that was read from that very file as that kind; one that was read before all of this was looked for is read again. */
export const recallFile = ({ archives }: Memory, file: FileIdentity, kind: Archive['kind']): Remembered | undefined =>
  archives.find(
    ({ archive, file: known }) =>
      archive.kind === kind &&
      (kind === 'java' || (archive.metrics !== undefined && archive.netty !== undefined)) &&
      JSON.stringify(known) === JSON.stringify(file),
  )

/**
 * Adds to the cache file. Two runs at once replace it one after the other, each whole: at worst one of them reads its archive
 * once more. Never rejects: without a cache the work is only slower.
 */
export async function remember(cache: string, more: Partial<Memory>): Promise<void> {
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 })
    const content = await readBoundedText(pathOf(cache), largest).catch(() => '')
    if (isLater(content)) return
    const known = memoryOf(content)
    const fresh = more.archives ?? []
    const stale = known.archives.filter(
      (old) => !fresh.some((now) => now.file.path === old.file.path && now.archive.kind === old.archive.kind),
    )
    const archives = [...fresh, ...stale].slice(0, 100)
    const published = Object.fromEntries(
      Object.entries({ ...more.published, ...known.published, ...more.published }).slice(0, 100),
    )
    await writeFileAtomically(pathOf(cache), `${JSON.stringify({ format, archives, published })}\n`)
  } catch {
    // a cache that cannot be written is no reason to stop
  }
}
