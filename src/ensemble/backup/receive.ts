import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Failure, wordsOf } from '../../model/failure.ts'
import type { Sha256 } from '../../model/names.ts'
import { isData, zxidOf } from '../../zookeeper/data-files.ts'
import { type LogExtent, type LogScan, scanLog } from '../../zookeeper/txn-log.ts'

/** One file as it came: of a log only what its whole transactions take, without padding and whatever was just being written. */
export interface Received {
  readonly name: string
  readonly size: number
  readonly sha256: Sha256
  /** of a log */
  readonly log?: LogExtent
}

/** Takes what backupStream sends into the folder `into`. Rejects with a Failure where it breaks off; `progress` gets the bytes that came. */
export async function receive(
  packed: Readable,
  into: string,
  progress: (done: number) => void,
): Promise<readonly Received[]> {
  const unpacked = createGunzip({ chunkSize: 2 ** 18 })
  const files: Received[] = []
  const taking = async () => {
    const source = reader(unpacked)
    let done = 0
    for (;;) {
      const [size, name] = headOf(await source.line())
      if (name === 'end') return
      files.push(await take(source, { name, size }, into, (more) => progress((done += more))))
    }
  }
  const [taken, piped] = await Promise.allSettled([
    taking().finally(() => unpacked.destroy()),
    pipeline(packed, unpacked),
  ])
  if (taken.status === 'rejected' && taken.reason instanceof Failure) throw taken.reason
  if (taken.status === 'rejected') {
    // what the host said comes first: what was unpacked only tells that it broke off
    throw piped.status === 'rejected' && piped.reason instanceof Failure ? piped.reason : brokeOff(taken.reason)
  }
  return files
}

const brokeOff = (cause: unknown): Failure =>
  new Failure({
    step: 'receive the backup',
    got: `it broke off: ${wordsOf(cause)}`,
    hint: 'run it again',
    cause,
  })

function headOf(line: string): [number, string] {
  const [, size, name = ''] = /^(\d{1,15}) ([A-Za-z0-9._]+)$/.exec(line) ?? []
  if (size === undefined || (name !== 'end' && !isData(name))) throw brokeOff(new Error('what came is no backup'))
  return [Number(size), name]
}

interface Head {
  readonly name: string
  readonly size: number
}

async function take(
  source: Reader,
  { name, size }: Head,
  into: string,
  came: (more: number) => void,
): Promise<Received> {
  const path = join(into, name)
  const scan = zxidOf(name, 'log') === undefined ? undefined : scanLog()
  const file = await open(path, 'w', 0o600)
  try {
    await fill(file, source, size, scan, came)
    if (scan !== undefined) await file.truncate(scan.extent.bytes)
  } finally {
    await file.close()
  }
  const log = scan?.extent
  return { name, size: log?.bytes ?? size, sha256: await sha256Of(path), ...(log === undefined ? {} : { log }) }
}

async function fill(
  file: FileHandle,
  source: Reader,
  size: number,
  scan: LogScan | undefined,
  came: (more: number) => void,
) {
  let isOver = false
  for (let left = size; left > 0;) {
    const piece = await source.some(left)
    left -= piece.length
    came(piece.length)
    // The piece in which a log ends is written too; what follows that needs no place.
    const goesOn: boolean = isOver ? false : (scan?.push(piece) ?? true)
    if (!isOver) await file.write(piece)
    isOver = !goesOn
  }
}

async function sha256Of(path: string): Promise<Sha256> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>)
    hash.update(piece)
  return hash.digest('hex')
}

interface Reader {
  /** up to the next line end */
  line(): Promise<string>
  /** at least one byte, at most so many */
  some(most: number): Promise<Buffer>
}

function reader(stream: Readable): Reader {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<Buffer> => {
    const { value } = await pieces.next()
    if (value === undefined) throw new Error('its end is missing')
    return value
  }
  return {
    async line() {
      for (let end = held.indexOf(10); ; end = held.indexOf(10)) {
        if (end !== -1) {
          const line = held.toString('latin1', 0, end)
          held = held.subarray(end + 1)
          return line
        }
        if (held.length > 4096) throw new Error('a line is too long')
        held = Buffer.concat([held, await more()])
      }
    },
    async some(most) {
      if (held.length === 0) held = await more()
      const piece = held.subarray(0, most)
      held = held.subarray(piece.length)
      return piece
    },
  }
}
