import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { join, parentOf } from '../path.ts'
import type { Sink } from './export.ts'
import { noFiles, onDisk } from './out.ts'
import type { WholeZnode } from './walk.ts'

/**
 * A sink that makes a folder as a tree's source has it: a znode with something below it is a folder, its data `.znode`; any other is a file, 0600.
 * ACLs are not in it. Names that no file can have are refused together, exit 3. `out` is as checkFolder wants it.
 */
export function folderSink(top: string, out: string, unique: string): Sink {
  const path = resolve(out)
  const partial = `${path}.partial-${unique}`
  const impossible: string[] = []
  const refused = new Set<string>()
  onDisk(partial, () => mkdirSync(partial, { mode: 0o700 }))
  return {
    add(znode) {
      // Of what is below one that is refused, nothing more is said.
      const isBelow = refused.has(parentOf(znode.path) ?? '/')
      const why = isBelow ? '' : write(znode, top, partial)
      if (why === undefined) return
      refused.add(znode.path)
      if (!isBelow) impossible.push(`${JSON.stringify(znode.path)} (${why})`)
    },
    end() {
      if (impossible.length > 0) throw noFiles(out, impossible)
      // It replaces an empty folder, never one that something came into meanwhile.
      onDisk(path, () => renameSync(partial, path))
    },
    drop() {
      rmSync(partial, { recursive: true, force: true })
    },
  }
}

/** Why a znode can't be a file, in words; undefined where it is one now. Throws what else the disk says. */
function write({ path, data, hasChildren }: WholeZnode, top: string, folder: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isTop = path === top
  if (!isTop && (name === '.znode' || name === '.gitkeep')) return 'that name means something else in a folder'
  const file = isTop ? folder : join(folder, path.slice(top.length + 1))
  try {
    if (!isTop && hasChildren) mkdirSync(file, { mode: 0o700 })
    if (isTop || hasChildren) {
      if (data.length > 0) writeFileSync(join(file, '.znode'), data, newFile)
    } else writeFileSync(file, data, newFile)
    return undefined
  } catch (error) {
    const why = reasons[(error as NodeJS.ErrnoException).code ?? '']
    if (why !== undefined) return why
    return onDisk(file, () => {
      throw error
    })
  }
}

const newFile = { mode: 0o600, flag: 'wx' }

const reasons: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'too long for a file’s name or path',
  EEXIST: 'the disk takes it for the same as another',
  EILSEQ: 'the disk does not take it',
  EINVAL: 'the disk does not take it',
}
