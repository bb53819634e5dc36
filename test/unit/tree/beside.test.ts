import { expect, test } from 'vitest'
import type { TreeSource } from '../../../src/model/tree-source.ts'
import { besideOthers } from '../../../src/tree/beside.ts'
import { desiredTrees } from '../../../src/tree/desired.ts'
import { formerTree } from '../../../src/tree/history/rollback.ts'
import { entriesOf, failuresFrom, type Files, identities, seed, sourceOf, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble } from './fake-zookeeper.ts'

const [app, web] = [sourceOf({ name: 'app', path: '/c/app' }), sourceOf({ name: 'web', path: '/c/web' })]

async function seedAll(zk: FakeEnsemble, ...given: [TreeSource, Files][]): Promise<void> {
  const made = given.map(([source, files]) => ({ source, entries: entriesOf(files) }))
  for (const tree of desiredTrees(made, identities)) await seed(zk, tree, { allowShrink: true })
}

/** One tree that was split in two. */
async function split(): Promise<FakeEnsemble> {
  const zk = fakeEnsemble()
  await seedAll(zk, [sourceOf({ path: '/c' }), { 'app/a': '1', 'web/k': 'v' }])
  await seedAll(zk, [app, { a: '1' }], [web, { k: 'v' }])
  return zk
}

test('a rollback to what has a znode within another tree is refused, naming both', async () => {
  const zk = await split()
  const [before, session] = [zk.tree(), await zk.open()]
  const [failure] = await failuresFrom(() => formerTree(session, app, identities, 1, [app, web]))
  expect(failure).toMatchObject({ exit: 5, step: 'plan tree app' })
  expect(failure?.got).toBe('it would have /c/web, /c/web/k; tree web is at /c/web')
  expect(zk.tree()).toEqual(before)
})

test('where the other tree is gone from the inventory, it comes back', async () => {
  const zk = await split()
  const { tree, from } = await formerTree(await zk.open(), app, identities, 1, [app])
  await seed(zk, tree, { from })
  expect(zk.text('/c/web/k')).toBe('v')
})

test('what a tree made alone owned within another is forgotten, not deleted', async () => {
  const zk = fakeEnsemble()
  await seedAll(zk, [sourceOf({ path: '/c' }), { 'app/a': '1', 'web/k': 'v' }])
  await seedAll(zk, [web, { k: 'v' }])
  const alone = treeOf({ a: '1' }, app)
  const { changes, remarks } = await seed(zk, besideOthers(alone, [app, web]))
  expect(changes.filter(({ path }) => path.startsWith('/c/web')).map(({ summary }) => summary)).toEqual([
    'forget /c/web/k',
    'forget /c/web',
  ])
  expect(remarks).toContain('app can’t be rolled back to before this while tree web has what was here')
  expect(zk.text('/c/web/k')).toBe('v')
})
