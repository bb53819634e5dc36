import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { open, readlink, realpath, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readBoundedText, Unfit } from '../disk/bounded.ts'
import { Failure, wordsOf } from '../model/failure.ts'
import { format, formatIs, laterVersion } from '../model/format.ts'
import { isRecord } from '../model/record.ts'

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : wordsOf(error)

/**
 * Replaces a file whole: written beside it, flushed, renamed, the folder flushed. Whoever reads sees the old text or the new,
 * also after a power cut. Of a link what it leads to is replaced. The mode is exact whatever the umask. Rejects with a Failure; the old file is
 * then untouched.
 */
export async function writeFileAtomically(named: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  const path = await behindLinks(named)
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`)
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw new Failure({ step: `write ${path}`, got: codeOf(cause), hint: 'free space and permissions there', cause })
  }
}

/** Where a path leads; the path itself where nothing is there yet. A link to nothing is refused: what it led to may come back. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    if (!(await isLink(path))) return path
    throw new Failure({ step: `write ${path}`, got: 'it is a link to nothing', hint: leadsNowhere, cause })
  }
}

const leadsNowhere = 'bring back what it leads to, such as by mounting it, or remove the link'

const isLink = (path: string): Promise<boolean> =>
  readlink(path).then(
    () => true,
    () => false,
  )

/** Flushes a folder, so that what was renamed in it lasts. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Makes `.dman/<ensemble>` (`state`) and its parent with mode 0700, and the .gitignore that keeps all of it out of git. Throws a Failure. */
export function makeStateFolder(state: string): void {
  const top = dirname(state)
  try {
    for (const folder of [top, state]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      chmodSync(folder, 0o700)
    }
    const ignore = join(top, '.gitignore')
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  } catch (cause) {
    throw new Failure({
      step: `make ${state}`,
      got: codeOf(cause),
      hint: 'the folder of the inventory must be writable',
      cause,
    })
  }
}

const copy =
  'put back a copy of it from a backup; of secrets.json, where there is none, move it away and run `secrets recover`'

/** Bytes of a record; one with the keys and certificates of nine members has some ten thousand. */
const largest = 2 ** 24

/**
 * A JSON record of ours, undefined where there is no such file. Rejects with a Failure, exit 5: one that cannot be read, one that
 * is no record, and one that a later version wrote (case 42).
 */
export async function readRecord(path: string): Promise<Record<string, unknown> | undefined> {
  const refuse = (got: string, hint: string, cause?: unknown): Failure =>
    new Failure({ step: `read ${path}`, got, hint, exit: 5, cause })
  let text: string
  try {
    text = await readBoundedText(path, largest)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' && !(await isLink(path))) return undefined
    if (codeOf(cause) === 'ENOENT') throw refuse('it is a link to nothing', leadsNowhere, cause)
    const hint = cause instanceof Unfit ? 'move that away, and put the file back' : 'make it readable for you'
    throw refuse(codeOf(cause), hint, cause)
  }
  const record = parseRecord(text)
  if (record === undefined) throw refuse('it is damaged', copy)
  const { format: found } = record
  const standing = formatIs(found)
  if (standing === 'later') throw laterVersion(Number(found), `read ${path}`)
  if (standing === 'damaged') throw refuse('it is damaged: it names no format', copy)
  return record
}

export function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Writes a record with our format; refuses, exit 5, to replace one that a later version wrote. */
export async function writeRecord(path: string, record: Readonly<Record<string, unknown>>): Promise<void> {
  await readRecord(path)
  await writeFileAtomically(path, `${JSON.stringify({ format, ...record }, null, 2)}\n`)
}
