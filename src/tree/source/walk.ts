import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { wordsOf } from '../../model/failure.ts'
import { isWithin } from '../../model/znode-path.ts'
import { requestLimit } from '../../zookeeper/transaction.ts'
import type { Layered } from './layers.ts'

/** How a problem is told: of which file, what it is, and what to do. */
export type Refuse = (file: string, got: string, hint: string) => void

/** Where the walk is: real paths tell a link's loop, and whether it leads out of the source. */
interface Walk {
  readonly top: string
  /** real paths of what must not be published */
  readonly closed: ReadonlySet<string>
  readonly layer: number
  readonly entries: Layered[]
  readonly refuse: Refuse
  /** entries looked at so far, in all folders */
  looked: number
}

/**
 * Every znode that a folder describes, parents first, names in order. A file is a znode of exactly its bytes; a folder is one
 * without data or that of its `.znode`; `.gitkeep` is none. Links are followed inside the folder only. Problems are told.
 */
export async function readFolder(
  folder: string,
  layer: number,
  closed: ReadonlySet<string>,
  refuse: Refuse,
): Promise<Layered[]> {
  const entries: Layered[] = []
  try {
    const top = realpathSync.native(folder)
    // From there on it is enough to look at each entry: a source that begins among secrets is told here.
    if ([...closed].some((path) => isWithin(path, top))) refuse(folder, ...secret)
    else await walk({ top, closed, layer, entries, refuse, looked: 0 }, folder, '', [])
  } catch (error) {
    refuse(folder, wordsOf(error), 'the folder of a tree has to be there and readable, with all that is in it')
  }
  return entries
}

async function walk(at: Walk, folder: string, below: string, above: readonly string[]): Promise<void> {
  const real = realpathSync.native(folder)
  if (above.includes(real)) {
    at.refuse(folder, 'a link to a folder that it is in', 'remove the link')
    return
  }
  const { layer } = at
  const own = at.entries.push({ below, data: nothing, file: folder, layer, isFolder: true }) - 1
  const list = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of list) {
    // Reading is synchronous, for it is several times faster; heartbeats and the view get their turn in between.
    if (++at.looked % 64 === 0) await setImmediate()
    const file = `${folder}/${entry.name}`
    if (isClosed(at, entry, `${real}/${entry.name}`)) {
      at.refuse(file, ...secret)
      continue
    }
    const kind = kindOf(at, entry, file)
    if (kind === 'folder' && entry.name !== '.znode')
      await walk(at, file, below === '' ? entry.name : `${below}/${entry.name}`, [...above, real])
    else if (kind === 'folder') at.refuse(file, 'a folder', '.znode is the file with its folder’s own data')
    else if (kind === 'file' && entry.name !== '.gitkeep') {
      const data = readFile(at, file)
      if (data === undefined) continue
      if (entry.name === '.znode') at.entries[own] = { below, data, file, layer }
      else at.entries.push({ below: below === '' ? entry.name : `${below}/${entry.name}`, data, file, layer })
    }
  }
}

const nothing = Buffer.alloc(0)
const secret = ['passwords or private keys', 'the tree would publish them: keep them out of its folder'] as const

/** `real`: a real path but for a last name that may be a link. */
function isClosed({ closed }: Walk, entry: Dirent, real: string): boolean {
  if (closed.size === 0) return false
  const [path = real] = entry.isSymbolicLink() ? realPath(real) : [real]
  return closed.has(path) || (path !== real && [...closed].some((each) => isWithin(each, path)))
}

/** Nothing where nothing is. */
export function realPath(path: string): string[] {
  try {
    return [realpathSync.native(path)]
  } catch {
    return []
  }
}

function kindOf(at: Walk, entry: Dirent, file: string): 'file' | 'folder' | undefined {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  if (entry.isSymbolicLink()) {
    try {
      if (!isWithin(at.top, realpathSync.native(file)))
        at.refuse(file, 'a link out of the source', 'copy what it points to')
      else if (statSync(file).isFile()) return 'file'
      else if (statSync(file).isDirectory()) return 'folder'
      else at.refuse(file, 'a link to no file or folder', 'only files and folders become znodes')
    } catch (error) {
      at.refuse(file, `a link that leads nowhere (${wordsOf(error)})`, 'mend or remove it')
    }
  } else at.refuse(file, 'no file, folder or link', 'devices, pipes and sockets are never read')
  return undefined
}

/** A file's bytes; undefined once it was refused. A pipe that took the file's place meanwhile does not block. */
export function readFile(at: Pick<Walk, 'refuse'>, file: string): Buffer | undefined {
  try {
    const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return readSmall(handle) ?? readLarge(at, file, handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    at.refuse(file, wordsOf(error), 'the file has to be readable')
  }
  return undefined
}

/** Small files lie side by side: a hundred thousand buffers of their own cost as much again. */
const block = 1 << 20
const small = block / 16
let shared = { bytes: Buffer.alloc(0), used: 0 }

/** One call where a file ends before there is as much as was asked for; undefined for all others. */
function readSmall(handle: number): Buffer | undefined {
  if (shared.used + small > shared.bytes.length) shared = { bytes: Buffer.allocUnsafeSlow(block), used: 0 }
  const { bytes, used } = shared
  const count = readSync(handle, bytes, used, small, 0)
  if (count === small) return undefined
  shared.used += count
  return bytes.subarray(used, used + count)
}

function readLarge(at: Pick<Walk, 'refuse'>, file: string, handle: number): Buffer | undefined {
  const { size } = fstatSync(handle)
  if (size > 16 * requestLimit) {
    at.refuse(
      file,
      `${size} bytes`,
      'ZooKeeper’s jute.maxbuffer limits a request: split the value, or keep it elsewhere',
    )
    return undefined
  }
  // A byte more than there should be: one call tells both the bytes and that they end there.
  const room = Buffer.allocUnsafeSlow(size + 1)
  let done = 0
  while (done < size) {
    const count = readSync(handle, room, done, room.length - done, done)
    if (count === 0) throw new Error('it became shorter while it was read')
    done += count
  }
  if (done > size) throw new Error('it became longer while it was read')
  return room.subarray(0, size)
}
