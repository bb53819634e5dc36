import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Sink } from './export.ts'
import { checkFile, onDisk } from './out.ts'
import { jsonOf } from './zk-shell.ts'

/** A sink of zk-shell's JSON, a znode a line; `line` gets them one by one. */
export function jsonSink(line: (text: string) => void, end = () => {}, drop = () => {}): Sink {
  let last: string | undefined
  return {
    add(znode) {
      line(last === undefined ? '{' : `${last},`)
      last = jsonOf(znode)
    },
    end() {
      if (last !== undefined) line(last)
      line('}')
      end()
    },
    drop,
  }
}

const piece = 1024 * 1024

/** The same into a file, 0600, that has its name only once it is whole. `out` is as checkFile wants it. */
export function jsonFileSink(out: string, unique: string): Sink {
  const path = resolve(out)
  const partial = `${path}.partial-${unique}`
  const file = onDisk(partial, () => openSync(partial, 'wx', 0o600))
  let isOpen = true
  let held: string[] = []
  let size = 0
  const flush = () => {
    onDisk(partial, () => writeFileSync(file, held.join('')))
    held = []
    size = 0
  }
  const close = () => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return jsonSink(
    (text) => {
      held.push(text, '\n')
      size += text.length
      if (size > piece) flush()
    },
    () => {
      flush()
      checkFile(path)
      onDisk(path, () => {
        fsyncSync(file)
        close()
        renameSync(partial, path)
      })
    },
    () => {
      close()
      rmSync(partial, { force: true })
    },
  )
}
