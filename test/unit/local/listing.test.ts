import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Entry, newListing } from '../../../src/local/listing.ts'

const file = (name: string, size = 1): Entry => ({ name, type: 'file', size, mode: 0o644 })
const folder = (name: string): Entry => ({ name, type: 'directory', size: 0, mode: 0o755 })
const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', size: 0, mode: 0o777, linkname })
const hard = (name: string, linkname: string): Entry => ({ name, type: 'link', size: 0, mode: 0o644, linkname })

function list(...entries: Entry[]) {
  const listing = newListing()
  return { paths: entries.map((entry) => listing.add(entry)), listing }
}

test('one top folder, its entries, and the blocks that they take', () => {
  const { paths, listing } = list(folder('./'), folder('./jdk/'), file('./jdk/bin/java', 5000), file('jdk/empty', 0))
  expect(paths).toEqual(['', '', 'bin/java', 'empty'])
  expect([listing.root, listing.entries, listing.unpackedBytes]).toEqual(['jdk', 4, 4096 * 5])
})

describe('case 7: what would leave the archive is refused', () => {
  test.each([
    ['a path upward', [file('jdk/../x')], 'leaves its folder'],
    ['an absolute path', [file('/etc/passwd')], 'absolute'],
    ['two top folders', [folder('a'), folder('b')], 'one top folder is wanted'],
    ['a file beside', [file('a')], 'not in a top folder'],
    ['the top folder as a link', [link('a', '/etc')], 'not in a top folder'],
    ['a device', [{ ...file('a/b'), type: 'character-device' }], 'is a character-device'],
    ['a pipe', [{ ...file('a/b'), type: 'fifo' }], 'is a fifo'],
    ['an unknown kind', [{ ...file('a/b'), type: null }], 'unknown kind'],
    ['a line end in a name', [file('a/b\nc')], 'control characters'],
    ['a link to an absolute path', [link('a/b', '/etc/passwd')], 'out of the archive'],
    ['a link upward', [link('a/b/c', '../../x')], 'out of the archive'],
    ['a link upward by a detour', [link('a/b', 'c/../../x')], 'out of the archive'],
    ['a link without a target', [link('a/b', '')], 'out of the archive'],
    ['a hard link elsewhere', [hard('a/b', '/etc/passwd')], 'out of the archive'],
    ['a hard link to another top', [hard('a/b', 'c/d')], 'out of the archive'],
    ['a file through a link', [link('a/b', 'c'), file('a/b/d')], 'goes through the link'],
    ['a folder that becomes a link', [file('a/b/c'), link('a/b', 'd')], 'is a folder and a link'],
  ] as const)('%s', (_, entries, why) => expect(() => list(...entries)).toThrow(why))
})

test('links that stay inside are taken', () => {
  const { listing } = list(
    folder('jdk/'),
    link('jdk/legal/java.xml/LICENSE', '../java.base/LICENSE'),
    link('jdk/lib/a', 'b'),
    link('jdk/lib/top', '..'),
    hard('jdk/lib/c', 'jdk/lib/d'),
  )
  expect(listing.entries).toBe(5)
})

test('no path that is taken, followed as a file system would, leads out of the top folder', () => {
  const part = fc.constantFrom('a', 'b', '..', '.', '')
  const name = fc.array(part, { maxLength: 4 }).map((parts) => ['top', ...parts].join('/'))
  const target = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const entry = fc.oneof(
    name.map((each) => file(each)),
    fc.tuple(name, target).map(([from, to]) => link(from, to)),
  )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const links = new Map<string, string>()
      try {
        const listing = newListing()
        for (const each of [folder('top'), ...entries]) {
          const path = listing.add(each)
          if (each.type === 'symlink') links.set(`top/${path}`, each.linkname ?? '')
        }
      } catch {
        return
      }
      for (const path of links.keys()) expect(walk(path, links)).toMatch(/^(top(\/|$)|loop$)/)
    }),
    { numRuns: 500 },
  )
})

/** Where a path ends when each link on the way is followed. */
function walk(path: string, links: ReadonlyMap<string, string>): string {
  let rest = path.split('/')
  let at: string[] = []
  for (let steps = 0; rest.length > 0; steps++) {
    if (steps > 200) return 'loop'
    const [next = '', ...more] = rest
    rest = more
    if (next === '' || next === '.') continue
    if (next === '..') {
      at = at.slice(0, -1)
      if (at.length === 0) return 'out'
      continue
    }
    const linked = links.get([...at, next].join('/'))
    if (linked === undefined) at = [...at, next]
    else rest = [...linked.split('/'), ...rest]
  }
  return at.join('/')
}
