import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aclTexts, readJson, topOf, withParents } from '../../../src/tree/import.ts'
import { failuresFrom, identities } from './build.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dman-import-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const world = { perms: 1, id: { scheme: 'world', id: 'anyone' } }
const dman = { perms: 31, id: { scheme: 'digest', id: identities.dman } }
const read = async (znodes: Readonly<Record<string, unknown>>, path = '/dman/config') => {
  const file = join(folder, 'x.json')
  writeFileSync(file, JSON.stringify(znodes))
  const { entries, from } = await readJson(file, path, identities)
  return { from, entries: entries.map(({ below, data, acl }) => ({ below, text: data.toString(), acl })) }
}
const znode = (text: string, ...acls: readonly object[]) => ({ content: Buffer.from(text).toString('base64'), acls })

test('znodes are those of the tree, parents first, digests by the names of our identities', async () => {
  const stranger = { perms: 1, id: { scheme: 'digest', id: 'eve:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=' } }
  expect(
    await read({
      '/dman/config/b/c': znode('2', dman, stranger),
      '/dman/config': znode('top', dman, world),
      '/dman/config/a': znode('1', dman, world),
    }),
  ).toEqual({
    from: '/dman/config',
    entries: [
      { below: '', text: 'top', acl: ['digest:dman:cdrwa', 'world:anyone:r'] },
      { below: 'a', text: '1', acl: ['digest:dman:cdrwa', 'world:anyone:r'] },
      { below: 'b', text: '', acl: undefined },
      { below: 'b/c', text: '2', acl: ['digest:dman:cdrwa', 'digest:eve:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r'] },
    ],
  })
})

test('what another tree was exported to comes to this one’s path; what is no one tree is refused', async () => {
  const elsewhere = await read({ '/backup': znode('top'), '/backup/a': znode('1') })
  expect(elsewhere).toMatchObject({ from: '/backup', entries: [{ below: '' }, { below: 'a' }] })
  for (const [znodes, got] of [
    [{ '/a': znode(''), '/b': znode('') }, 'not one tree'],
    [{ '/': znode(''), '/b': znode('') }, 'not one tree'],
    [{}, 'it holds no znodes'],
  ] as const)
    expect(await failuresFrom(() => read(znodes))).toMatchObject([
      { exit: 3, got: expect.stringContaining(got) as string },
    ])
})

test('a file that cannot be read is told as such', async () => {
  const [failure] = await failuresFrom(() => readJson(join(folder, 'none.json'), '/a', identities))
  expect(failure).toMatchObject({ exit: 3, got: expect.stringContaining('ENOENT') as string })
})

test('the top of all paths', () => {
  expect(topOf(['/a/b/c', '/a/b'], '/a/b')).toBe('/a/b')
  expect(topOf(['/a/b/c'], '/a/b')).toBe('/a/b')
  expect(topOf(['/a', '/a/b'], '/a/b')).toBe('/a')
  expect(topOf(['/ab', '/a'], '/x')).toBeUndefined()
  expect(topOf([], '/x')).toBeUndefined()
})

test('parents that a file leaves out are made without data, each once', () => {
  const entry = (below: string) => ({ below, data: Buffer.from(below), file: 'x' })
  const filled = withParents([entry('a/b/c'), entry('a/b/d')], 'x')
  expect(filled.map(({ below, data }) => [below, data.toString()])).toEqual([
    ['', ''],
    ['a', ''],
    ['a/b', ''],
    ['a/b/c', 'a/b/c'],
    ['a/b/d', 'a/b/d'],
  ])
})

test('equal ACLs are one array', () => {
  const texts = aclTexts(identities)
  const acl = () => [{ scheme: 'world', id: 'anyone', perms: 'r' }]
  expect(texts(acl())).toBe(texts(acl()))
})
