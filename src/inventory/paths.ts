import { dirname, resolve } from 'node:path'
import type { Path, Problem } from './problem.ts'

/** What the inventory needs to know of the operator's disk. */
export interface Disk {
  /** absolute path of the inventory file, and of the user's home */
  readonly file: string
  readonly home: string
  /** what is at an absolute path, links followed */
  readonly exists: (path: string) => 'file' | 'directory' | 'other' | 'missing'
}

/** An absolute path of what the file says: `~/` is the user's home, relative paths start at the file. */
export function absolutePath(text: string, disk: Pick<Disk, 'file' | 'home'>): string {
  if (text === '~') return disk.home
  return text.startsWith('~/') ? resolve(disk.home, text.slice(2)) : resolve(dirname(disk.file), text)
}

/** The problem with the path at `path`, which has to lead to a file or a folder; one that is there, unless it `mayBeMissing`. */
export function pathProblem(
  text: string,
  path: Path,
  want: 'file' | 'directory',
  disk: Disk,
  mayBeMissing = false,
): Problem[] {
  const problem = (what: string, hint: string): Problem[] => [{ path, at: 'value', what, hint }]
  if (text.includes('\0')) return problem('a path cannot hold a NUL', 'correct the path')
  if (/^~[^/]/.test(text))
    return problem(`\`${text}\`: only ~/ is understood, for your own home`, 'write the whole path')
  const absolute = absolutePath(text, disk)
  const found = disk.exists(absolute)
  if (found === want || (mayBeMissing && found === 'missing')) return []
  const noun = want === 'file' ? 'file' : 'folder'
  return found === 'missing'
    ? problem(`there is no ${noun} ${absolute}`, 'relative paths start at the inventory file')
    : problem(`${absolute} is not a ${noun}`, `name a ${noun}`)
}
