import { expect, test } from 'vitest'
import { desiredTrees } from '../../../src/tree/desired.ts'
import { encodedSize } from '../../../src/zookeeper/transaction.ts'
import { entriesOf, failuresFrom, identities, sourceOf, treeOf } from './build.ts'

test('parents come before children, with folders as znodes without data', () => {
  const tree = treeOf({ 'a/b/c': 'x', 'a.b': 'y' })
  expect([...tree.znodes].map(([path, { data }]) => [path, data.toString()])).toEqual([
    ['/dman/config', ''],
    ['/dman/config/a', ''],
    ['/dman/config/a/b', ''],
    ['/dman/config/a/b/c', 'x'],
    ['/dman/config/a.b', 'y'],
  ])
})

test('case 30: every problem of every tree is told at once, with its file', async () => {
  const failures = await failuresFrom(() =>
    desiredTrees(
      [
        { source: sourceOf({ name: 'one', path: '/dman' }), entries: entriesOf({ 'meta/x': '', 'ok/b\u0001': '' }) },
        { source: sourceOf({ name: 'two', path: '/zookeeper' }), entries: entriesOf({}) },
        { source: sourceOf({ name: 'three', path: '/dman/ok', acl: ['world:anyone:q'] }), entries: entriesOf({}) },
      ],
      identities,
    ),
  )
  expect(failures.map(({ step, got, exit }) => `${step}: ${got} ${exit}`)).toEqual([
    expect.stringMatching(/^read tree one: config: a path above \/dman\/meta.* 3$/),
    expect.stringMatching(/^read tree one: config\/meta: a path below \/dman\/meta.* 3$/),
    expect.stringMatching(/^read tree one: config\/meta\/x: a path below \/dman\/meta.* 3$/),
    expect.stringMatching(/^read tree one: config\/ok\/b\u0001: the character U\+0001 in a name .* 3$/),
    expect.stringMatching(/^read tree two: config: a path below \/zookeeper.* 3$/),
    expect.stringMatching(/^read tree three: acl world:anyone:q: .* 3$/),
    'read tree three: config: also in config/ok 3',
  ])
})

test('case 30: the largest value fits with the check of HEAD into one request, one byte more is refused', async () => {
  const path = '/dman/config/big'
  const acl = treeOf({}).acl
  const frame = encodedSize([
    { do: 'check', path: '/dman/meta/app/HEAD', version: 0 },
    { do: 'create', path, data: Buffer.alloc(0), acl },
  ])
  const largest = 1_048_575 - frame
  expect(treeOf({ big: Buffer.alloc(largest) }).znodes.get(path)?.data.length).toBe(largest)
  const [failure] = await failuresFrom(() => treeOf({ big: Buffer.alloc(largest + 1) }))
  expect(failure).toMatchObject({ exit: 3 })
  expect(failure?.got).toBe(`config/big: ${largest + 1} bytes: a request of 1048576 bytes, of at most 1048575`)
})
