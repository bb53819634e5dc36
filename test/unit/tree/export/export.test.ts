import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { exportTree, type Sink } from '../../../../src/tree/export/export.ts'
import { folderSink } from '../../../../src/tree/export/folder.ts'
import { jsonFileSink, jsonSink } from '../../../../src/tree/export/json.ts'
import { checkFile, checkFolder } from '../../../../src/tree/export/out.ts'
import { ownFolder } from '../../folder.ts'
import { failuresFrom, seed, stopEarly, treeOf } from '../build.ts'
import { type FakeEnsemble, fakeEnsemble } from '../fake-zookeeper.ts'

const own = ownFolder()

let folder: string
let zk: FakeEnsemble
beforeEach(() => {
  folder = own.at()
  zk = fakeEnsemble()
})

const tree = { name: 'app', path: '/dman/config' }
const run = async (sink: Sink, other: readonly string[] = []) => exportTree(await zk.open(), tree, new Set(other), sink)
/** What is below a folder: text by path, folders by a trailing slash. */
const files = (at: string) =>
  Object.fromEntries(
    readdirSync(at, { recursive: true, withFileTypes: true }).map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const name = file.slice(at.length + 1)
      return entry.isDirectory() ? [`${name}/`, ''] : [name, readFileSync(file, 'utf8')]
    }),
  )

describe('to JSON', () => {
  const read = async (other?: readonly string[]) => {
    let text = ''
    const told = await run(
      jsonSink((line) => void (text += line)),
      other,
    )
    return { told, paths: Object.keys(JSON.parse(text) as object) }
  }

  test('has all znodes, ours or not, parents first; ephemerals and other trees are left out and told', async () => {
    await seed(zk, treeOf({ 'a/b': '1', 'a!': '2', z: '3' }))
    zk.put('/dman/config/foreign/x', 'not ours')
    zk.put('/dman/config/a/session', '', true)
    zk.put('/dman/config/inner/y', 'of another tree')
    const { told, paths } = await read(['/dman/config/inner', '/dman/config'])
    expect(paths).toEqual(
      ['', '/a', '/a!', '/foreign', '/z', '/a/b', '/foreign/x'].map((name) => `/dman/config${name}`),
    )
    expect(told).toEqual({
      znodes: 7,
      generation: 1,
      masked: [],
      leftOut: [
        { path: '/dman/config/inner', why: 'another tree' },
        { path: '/dman/config/a/session', why: 'ephemeral' },
      ],
    })
  })

  test('tells of ACLs whose digests the server does not show', async () => {
    await seed(zk, treeOf({ a: '1' }))
    const have = zk.znodes.get('/dman/config/a')!
    zk.znodes.set('/dman/config/a', { ...have, acl: [{ scheme: 'digest', id: 'dman:x', perms: 'cdrwa' }] })
    expect((await read()).told.masked).toEqual(['/dman/config/a'])
  })

  test('is one generation or nothing at all: not while one is applied, not where one came meanwhile', async () => {
    const out = join(folder, 'x.json')
    expect(await failuresFrom(() => run(jsonFileSink(out, '1')))).toMatchObject([
      { got: 'there is no znode /dman/config' },
    ])
    await seed(zk, treeOf({ a: '1' }))
    let edit: (() => Promise<unknown>) | undefined = () => seed(zk, treeOf({ a: '2' }))
    const sink = jsonFileSink(out, '1')
    const moving: Sink = {
      ...sink,
      async add(znode) {
        await sink.add(znode)
        await edit?.()
        edit = undefined
      },
    }
    expect(await failuresFrom(() => run(moving))).toMatchObject([
      { exit: 1, got: expect.stringContaining('changed while it was read: generation 2 by ann@desk') as string },
    ])
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, 'x'.repeat(4000)]))
    const large = treeOf(many, { limit: 20_000 })
    await failuresFrom(() => seed(zk, large, stopEarly()))
    expect(await failuresFrom(() => run(jsonFileSink(out, '1')))).toMatchObject([
      { got: expect.stringContaining('generation 3 is being applied by ann@desk') as string },
    ])
    expect(files(folder)).toEqual({})
  })

  test('a file is for its owner alone, and replaces none', async () => {
    await seed(zk, treeOf({ a: '1' }))
    const out = join(folder, 'x.json')
    await run(jsonFileSink(out, '1'))
    expect(Object.keys(JSON.parse(readFileSync(out, 'utf8')) as object)).toEqual(['/dman/config', '/dman/config/a'])
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(await failuresFrom(() => checkFile(out))).toMatchObject([{ exit: 3, got: 'it is there already' }])
    expect(await failuresFrom(() => run(jsonFileSink(out, '2')))).toMatchObject([{ got: 'it is there already' }])
    expect(await failuresFrom(() => checkFile(join(folder, 'no/x.json')))).toMatchObject([{ exit: 3 }])
    expect(Object.keys(files(folder))).toEqual(['x.json'])
  })
})

describe('to a folder', () => {
  test('what has something below it is a folder with its data in .znode, all else a file, 0600', async () => {
    await seed(zk, treeOf({ 'a b': 'blank', 'in/ner': '1', empty: '', 'ü/日本': 'names' }))
    zk.put('/dman/config', 'of the top')
    zk.put('/dman/config/in', 'inner')
    const out = join(folder, 'out')
    await run(folderSink(tree.path, out, '1'))
    expect(files(out)).toEqual({
      '.znode': 'of the top',
      'a b': 'blank',
      'in/': '',
      'in/.znode': 'inner',
      'in/ner': '1',
      empty: '',
      'ü/': '',
      'ü/日本': 'names',
    })
    expect(['in/ner', 'in', ''].map((name) => statSync(join(out, name)).mode & 0o777)).toEqual([0o600, 0o700, 0o700])
  })

  test('names that no file can have are told, all of them, and JSON is offered; nothing is left', async () => {
    await seed(zk, treeOf({ a: '1' }))
    zk.put('/dman/config/.znode', 'a znode of that name')
    zk.put('/dman/config/a/.gitkeep/below', '')
    zk.put(`/dman/config/${'ü'.repeat(128)}/below`, '')
    const [failure] = await failuresFrom(() => run(folderSink(tree.path, join(folder, 'out'), '1')))
    expect(failure).toMatchObject({ exit: 3, hint: 'JSON can have them: say --out NAME.json' })
    for (const name of ['/.znode"', '/.gitkeep"', 'üü" (too long']) expect(failure?.got).toContain(name)
    expect(failure?.got).not.toContain('below"')
    expect(files(folder)).toEqual({})
  })

  test('goes into an empty folder or a new one, never where something is, or came, or where one stands', async () => {
    await seed(zk, treeOf({ a: '1' }))
    const out = join(folder, 'out')
    mkdirSync(out)
    expect(() => checkFolder(out)).not.toThrow()
    await run(folderSink(tree.path, out, '1'))
    expect(files(folder)).toEqual({ 'out/': '', 'out/a': '1' })
    for (const [at, where] of [
      [out, undefined],
      [join(folder, 'no/out'), undefined],
      [join(folder, 'new'), join(folder, 'new/below')],
      [join(out, 'a'), undefined],
    ] as const)
      expect((await failuresFrom(() => checkFolder(at, where)))[0]?.exit).toBeGreaterThan(0)
    const late = join(folder, 'late')
    const sink = folderSink(tree.path, late, '1')
    mkdirSync(late)
    writeFileSync(join(late, 'kept'), '')
    expect(await failuresFrom(() => run(sink))).toMatchObject([{ step: `write ${late}` }])
    expect(Object.keys(files(folder)).sort()).toEqual(['late/', 'late/kept', 'out/', 'out/a'])
  })
})
