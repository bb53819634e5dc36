import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { devNull } from 'node:os'

const MiB = 2 ** 20

/** A file that is not read: a pipe would be waited for without an end, and one without an end would fill the memory. Its message says what it is. */
export class Unfit extends Error {}

/**
 * A regular file's bytes, links followed; rejects with Unfit where it is none, or larger than `limit` bytes, and as Node does where it cannot
 * be read. /dev/null is empty, as everywhere.
 */
export async function readBounded(path: string, limit = MiB): Promise<Buffer> {
  if ((await realpath(path)) === devNull) return Buffer.alloc(0)
  await mustBeFile(path)
  // a pipe that took its place meanwhile does not block
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { size } = await file.stat()
    if (size > limit) throw tooLarge(size, limit)
    const pieces: Buffer[] = []
    let done = 0
    for await (const piece of file.createReadStream({ end: limit, autoClose: false }) as AsyncIterable<Buffer>) {
      pieces.push(piece)
      done += piece.length
    }
    if (done > limit) throw tooLarge(done, limit)
    return Buffer.concat(pieces)
  } finally {
    await file.close()
  }
}

/** As UTF-8, whatever it is. */
export const readBoundedText = async (path: string, limit?: number): Promise<string> =>
  (await readBounded(path, limit)).toString('utf8')

/** For what is read piece by piece: rejects with Unfit for what is no regular file, links followed. */
export async function mustBeFile(path: string): Promise<void> {
  const found = await stat(path)
  if (!found.isFile()) throw new Unfit(`it is ${kindOf(found)}, and no file`)
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a directory'
  if (found.isFIFO()) return 'a named pipe'
  return found.isSocket() ? 'a socket' : 'a device'
}

const tooLarge = (size: number, limit: number): Unfit =>
  new Unfit(`it has ${Math.ceil(size / MiB)} MiB, and ${limit / MiB} MiB are the most that is read`)
