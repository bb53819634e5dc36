import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'

/** Files as backup-stream.sh sends them, by name, before they are packed. */
export const unpacked = (files: Readonly<Record<string, Buffer>>, last = '0 end\n'): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, bytes]) => [Buffer.from(`${bytes.length} ${name}\n`), bytes]),
    Buffer.from(last),
  ])

export const packed = (bytes: Buffer): Readable => Readable.from([gzipSync(bytes)])
