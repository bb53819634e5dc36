import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach } from 'vitest'

/** Files as backup-stream.sh sends them, by name, before they are packed. */
export const unpacked = (files: Readonly<Record<string, Buffer>>, last = '0 end\n'): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, bytes]) => [Buffer.from(`${bytes.length} ${name}\n`), bytes]),
    Buffer.from(last),
  ])

export const packed = (bytes: Buffer): Readable => Readable.from([gzipSync(bytes)])

/** A folder of its own for each test of a file. */
export function spool(): { readonly at: (...names: string[]) => string } {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dman-spool-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  return { at: (...names) => path.join(folder, ...names) }
}
