import { expect, test } from 'vitest'
import { shownAcl } from '../../../src/tree/acl.ts'
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
  const { dmanAcl: acl } = treeOf({})
  // Later its bytes go to the history, where its name is longer.
  const frame = encodedSize([
    { do: 'check', path: '/dman/meta/app/HEAD', version: 0 },
    { do: 'create', path: `/dman/meta/app/history/0000000001/${'x'.repeat(43)}`, data: Buffer.alloc(0), acl },
  ])
  const largest = 1_048_575 - frame
  expect(treeOf({ big: Buffer.alloc(largest) }).znodes.get(path)?.data.length).toBe(largest)
  const [failure] = await failuresFrom(() => treeOf({ big: Buffer.alloc(largest + 1) }))
  expect(failure).toMatchObject({ exit: 3 })
  expect(failure?.got).toBe(`config/big: ${largest + 1} bytes: a request of 1048576 bytes, of at most 1048575`)
})

test('each znode has the ACL of the last pattern that matches, else the tree’s, and is secret where a pattern says so', () => {
  const dman = 'digest:dman:cdrwa'
  const tree = treeOf(
    { 'db/password': 'p', 'db/url': 'u', flags: 'f' },
    {
      acls: [
        { pattern: 'db/**', acl: [dman, 'ip:10.0.0.0/8:r'] },
        { pattern: 'db/password', acl: [dman] },
      ],
      secret: ['db/pass*'],
    },
  )
  const seen = [...tree.znodes].map(
    ([path, { acl, isSecret }]) => `${path}: ${shownAcl(acl)}${isSecret ? ', secret' : ''}`,
  )
  expect(seen).toEqual([
    '/dman/config: digest:dman:cdrwa world:anyone:r',
    '/dman/config/db: digest:dman:cdrwa ip:10.0.0.0/8:r',
    '/dman/config/db/password: digest:dman:cdrwa, secret',
    '/dman/config/db/url: digest:dman:cdrwa ip:10.0.0.0/8:r',
    '/dman/config/flags: digest:dman:cdrwa world:anyone:r',
  ])
  expect(tree.acls.size).toBe(3)
  // Nobody else may read all of it.
  expect(shownAcl(tree.metaAcl)).toBe('digest:dman:cdrwa')
})

test('an entry’s own ACL wins over the inventory’s, and one that shuts dman out is refused', async () => {
  const of = (...acl: string[]) =>
    desiredTrees(
      [{ source: sourceOf(), entries: [...entriesOf({}), { below: 'x', data: Buffer.alloc(0), file: 'x', acl }] }],
      identities,
    )
  const [tree] = of('digest:dman:cdrwa')
  expect(shownAcl(tree?.znodes.get('/dman/config/x')?.acl ?? [])).toBe('digest:dman:cdrwa')
  for (const acl of [['world:anyone:r'], ['digest:dman:cdrw', 'world:anyone:r'], []]) {
    const [failure] = await failuresFrom(() => of(...acl))
    expect(failure).toMatchObject({ exit: 3, hint: expect.stringContaining('add digest:dman:cdrwa') as string })
  }
})
