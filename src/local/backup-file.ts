import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { mustBeFile } from '../disk/bounded.ts'
import { Failure } from '../model/failure.ts'
import type { Sha256 } from '../model/names.ts'
import { type BackupManifest, manifestText, readManifest } from './backup-manifest.ts'
import { codeOf, syncFolder } from './state.ts'

const manifestName = 'manifest.json'
/** No file of a backup is called like that: theirs are ZooKeeper's names. */
const partName = 'backup.partial'
const folder = 'version-2/'

/**
 * A folder beside the file to be, for what comes into it. Its name is the ensemble's: under its lock nobody else writes there, so what a
 * killed backup left goes. Rejects with a Failure.
 */
export async function spoolBeside(path: string, founding: string): Promise<string> {
  const [beside, prefix] = [dirname(path), `.backup-${founding}-`]
  try {
    const names = await readdir(beside).catch(() => [])
    // another operator's may not be ours to remove
    for (const name of names.filter((name) => name.startsWith(prefix)))
      await rm(join(beside, name), { recursive: true, force: true }).catch(() => undefined)
    return await mkdtemp(join(beside, prefix))
  } catch (cause) {
    throw new Failure({
      step: `write ${path}`,
      got: codeOf(cause),
      hint: 'its folder must be there and writable',
      exit: 3,
      cause,
    })
  }
}

/**
 * Packs a backup: the manifest, then the files it lists, out of the folder `from`, which is beside `path`. Written there first, flushed and renamed:
 * what has that name is whole, and what a killed run leaves goes with the folder. Rejects with a Failure.
 */
export async function writeBackup(path: string, manifest: BackupManifest, from: string): Promise<{ size: number }> {
  const temporary = join(from, partName)
  const tar = pack()
  const writing = pipeline(tar, createGzip({ level: 1 }), createWriteStream(temporary, { mode: 0o600 }))
  try {
    await Promise.all([writing, filling(tar, manifest, from)])
    const file = await open(temporary, 'r')
    await file.sync().finally(() => file.close())
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return { size: (await stat(path)).size }
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw new Failure({ step: `write ${path}`, got: codeOf(cause), hint: 'free space and permissions there', cause })
  }
}

/** Where it fails the writing does, with the same error. */
const filling = (tar: ReturnType<typeof pack>, manifest: BackupManifest, from: string): Promise<void> =>
  fill(tar, manifest, from).catch((error: unknown) => {
    tar.destroy(error as Error)
  })

async function fill(tar: ReturnType<typeof pack>, manifest: BackupManifest, from: string): Promise<void> {
  tar.entry({ name: manifestName, mode: 0o600 }, manifestText(manifest))
  for (const { name, size } of manifest.files) {
    const entry = tar.entry({ name: `${folder}${name}`, size, mode: 0o600 })
    await pipeline(createReadStream(join(from, name)), entry)
  }
  tar.finalize()
}

/** A backup that was read from end to end, and is as its manifest says. */
export interface Backup {
  readonly path: string
  readonly manifest: BackupManifest
  /** of the file itself */
  readonly size: number
  readonly sha256: Sha256
}

/** Reads a backup once: it is whole, lists exactly what it holds, and every file has its checksum. Rejects with a Failure: exit 3 where no file
 * is there, exit 5 for any other. */
export async function readBackup(path: string, deadline: AbortSignal): Promise<Backup> {
  await mustBeFile(path).catch((cause: unknown) => {
    throw new Failure({
      step: `read the backup ${path}`,
      got: unreadable(cause),
      hint: 'name the file of a backup',
      exit: 3,
      cause,
    })
  })
  const whole = createHash('sha256')
  let size = 0
  const meter = new Transform({
    transform(piece: Buffer, _encoding, done) {
      whole.update(piece)
      size += piece.length
      done(null, piece)
    },
  })
  const tar = extract()
  const input = createReadStream(path, { highWaterMark: 2 ** 20 })
  const piping = pipeline(input, meter, createGunzip({ chunkSize: 2 ** 18 }), tar, { signal: deadline })
  const [read, piped] = await Promise.allSettled([readEntries(tar), piping])
  deadline.throwIfAborted()
  if (read.status === 'rejected' && read.reason instanceof Failure)
    throw refused(path, read.reason.got, read.reason.hint)
  if (piped.status === 'rejected') throw refused(path, unreadable(piped.reason))
  if (read.status === 'rejected') throw refused(path, unreadable(read.reason))
  return { path, manifest: read.value, size, sha256: whole.digest('hex') }
}

async function readEntries(tar: ReturnType<typeof extract>): Promise<BackupManifest> {
  let manifest: BackupManifest | undefined
  const found: { name: string; size: number; sha256: Sha256 }[] = []
  for await (const entry of tar) {
    const { name, type } = entry.header
    if (type !== 'file') throw wrong(`it holds ${JSON.stringify(name)}, which is no file`)
    if (manifest === undefined) {
      if (name !== manifestName) throw wrong(`it begins with ${JSON.stringify(name)}, not with ${manifestName}`)
      manifest = readManifest(await textOf(entry))
    } else {
      found.push({ name, ...(await digestOf(entry)) })
    }
  }
  if (manifest === undefined) throw wrong('it is empty')
  const listed = manifest.files.map(({ name, ...rest }) => ({ name: `${folder}${name}`, ...rest }))
  for (const [at, want] of listed.entries()) {
    const have = found[at]
    if (have?.name !== want.name) throw wrong(`${want.name} is not where its manifest lists it`)
    if (have.size !== want.size || have.sha256 !== want.sha256) throw wrong(`${want.name} is not as its manifest says`)
  }
  if (found.length !== listed.length) throw wrong('it holds more than its manifest lists')
  return manifest
}

async function textOf(entry: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of entry as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > 2 ** 22) throw wrong('its manifest is larger than any is')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

async function digestOf(entry: AsyncIterable<unknown>): Promise<{ size: number; sha256: Sha256 }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of entry as AsyncIterable<Buffer>) {
    hash.update(piece)
    size += piece.length
  }
  return { size, sha256: hash.digest('hex') }
}

const otherFile = 'nothing was changed; take another backup file'
const wrong = (got: string): Failure => new Failure({ step: 'read the backup', got, hint: otherFile, exit: 5 })
const refused = (path: string, got: string, hint = otherFile): Failure =>
  new Failure({ step: `read the backup ${path}`, got, hint, exit: 5 })

function unreadable(cause: unknown): string {
  const code = codeOf(cause)
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'Z_BUF_ERROR') return 'it is cut short'
  if (code === 'Z_DATA_ERROR') return 'it is damaged, or was altered'
  return cause instanceof Error ? cause.message : code
}
