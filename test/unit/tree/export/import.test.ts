import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { desiredTrees } from '../../../../src/tree/desired.ts'
import { exportTree, type Sink } from '../../../../src/tree/export/export.ts'
import { folderSink } from '../../../../src/tree/export/folder.ts'
import { aclTexts, readJson, topOf, withParents } from '../../../../src/tree/export/import.ts'
import { jsonFileSink } from '../../../../src/tree/export/json.ts'
import { readTrees } from '../../../../src/tree/source.ts'
import { ownFolder } from '../../folder.ts'
import { failuresFrom, identities, seed, sourceOf, treeOf } from '../build.ts'
import { type FakeEnsemble, fakeEnsemble } from '../fake-zookeeper.ts'

const own = ownFolder()

let folder: string
beforeEach(() => {
  folder = own.at()
})

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

test('what was exported from one ensemble and imported to another is the same: bytes, null, ACLs; a folder has no ACLs', async () => {
  const acls = [{ pattern: 'b/**', acl: ['digest:dman:cdrwa', 'ip:10.0.0.0/8:cr'] }]
  const [one, other, third] = [fakeEnsemble(), fakeEnsemble(), fakeEnsemble()]
  await seed(one, treeOf({ a: '1', 'b/c': Buffer.from([0, 255]), empty: '' }, { acls }))
  const dman = [{ scheme: 'digest', id: identities.dman, perms: 'cdrwa' }]
  one.znodes.set('/dman/config/never', { ...one.znodes.get('/dman/config/empty')!, isNull: true, acl: dman })
  const held = (zk: FakeEnsemble) =>
    [...zk.znodes]
      .filter(([path]) => path.startsWith('/dman/config'))
      .map(([path, { data, isNull = false, acl }]) => ({ path, data, isNull, acl }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  const out = async (sink: Sink) => exportTree(await one.open(), sourceOf(), new Set(), sink)
  await out(jsonFileSink(join(folder, 'all.json'), '1'))
  await out(folderSink('/dman/config', join(folder, 'all'), '1'))
  const { entries } = await readJson(join(folder, 'all.json'), '/dman/config', identities)
  for (const tree of desiredTrees([{ source: sourceOf(), entries }], identities)) await seed(other, tree)
  expect(held(other)).toEqual(held(one))
  for (const tree of await readTrees([sourceOf({ from: [join(folder, 'all')] })], identities)) await seed(third, tree)
  const bytes = ({ path, data }: { path: string; data: Buffer }) => ({ path, data })
  expect(held(third).map(bytes)).toEqual(held(one).map(bytes))
})
