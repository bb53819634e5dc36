/** One entry of a tarball, as far as it is judged. */
export interface Entry {
  readonly name: string
  readonly type: string | null | undefined
  readonly size: number
  readonly mode: number
  readonly linkname?: string | null | undefined
}

/** What the entries of an archive tell together. */
export interface Listing {
  /** judges the next entry and tells its path below the top folder; throws Unsafe */
  add(entry: Entry): string
  readonly root: string
  readonly entries: number
  readonly unpackedBytes: number
}

/** Why an archive may not be unpacked anywhere. */
export class Unsafe extends Error {
  override readonly name: string = 'Unsafe'
}

const block = 4096
const kinds = new Set(['file', 'contiguous-file', 'directory', 'symlink', 'link'])

/**
 * Judges a tarball entry by entry: everything lies in one top folder, nothing leaves it by its name or by a link, nothing goes
 * through a link, and there are only files, folders and links. Case 7.
 */
export function newListing(): Listing {
  const links = new Set<string>()
  const folders = new Set<string>()
  let root = ''
  let entries = 0
  let unpackedBytes = 0
  const judge = (entry: Entry, parts: readonly string[]): void => {
    const [top = ''] = parts
    if (root === '') root = top
    if (top !== root) throw new Unsafe(`it holds ${shown(root)} and ${shown(top)}: one top folder is wanted`)
    if (parts.length === 1 && entry.type !== 'directory')
      throw new Unsafe(`${shown(entry.name)} is not in a top folder`)
    const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
    const through = above.find((folder) => links.has(folder))
    if (through !== undefined) throw new Unsafe(`${shown(entry.name)} goes through the link ${shown(through)}`)
    for (const folder of above) folders.add(folder)
    if (entry.type === 'symlink' || entry.type === 'link') judgeLink(entry, parts, root)
    if (entry.type !== 'symlink') return
    const path = parts.join('/')
    if (folders.has(path)) throw new Unsafe(`${shown(entry.name)} is a folder and a link`)
    links.add(path)
  }
  return {
    add(entry) {
      const parts = partsOf(entry.name)
      if (!kinds.has(entry.type ?? ''))
        throw new Unsafe(`${shown(entry.name)} is a ${entry.type ?? 'thing of unknown kind'}`)
      if (parts.length > 0) judge(entry, parts)
      entries += 1
      unpackedBytes += Math.max(1, Math.ceil(entry.size / block)) * block
      return parts.slice(1).join('/')
    },
    get root() {
      return root
    },
    get entries() {
      return entries
    },
    get unpackedBytes() {
      return unpackedBytes
    },
  }
}

const shown = (name: string): string => JSON.stringify(name)

function partsOf(name: string): readonly string[] {
  if (name.startsWith('/')) throw new Unsafe(`${shown(name)} is an absolute path`)
  if (/[\u0000-\u001f\u007f]/.test(name)) throw new Unsafe(`${shown(name)} has control characters`)
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Unsafe(`${shown(name)} leaves its folder`)
  return parts
}

/**
 * A symbolic link starts at its own folder, a hard link at the top of the archive. `..` stands only at the beginning of a
 * target: behind a name that is itself a link it would lead elsewhere than it seems to.
 */
function judgeLink(entry: Entry, parts: readonly string[], root: string): void {
  const target = entry.linkname ?? ''
  const leaves = new Unsafe(`the link ${shown(entry.name)} leads to ${shown(target)}, out of the archive`)
  if (target === '' || target.startsWith('/') || /[\u0000-\u001f\u007f]/.test(target)) throw leaves
  const steps = target.split('/').filter((part) => part !== '' && part !== '.')
  const up = steps.findIndex((part) => part !== '..')
  const ups = up === -1 ? steps.length : up
  if (steps.slice(ups).includes('..')) throw leaves
  if (entry.type === 'symlink') {
    // the folder of the link is parts.length - 1 deep, and the top folder 1
    if (parts.length - 1 - ups < 1) throw leaves
  } else if (ups > 0 || steps[0] !== root) throw leaves
}
