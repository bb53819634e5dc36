import { expect, test } from 'vitest'
import { differences } from '../../../src/tree/differences.ts'
import { planTrees } from '../../../src/tree/seed.ts'
import { note, seed, sourceOf, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

test('each change has what it does to the bytes, drift is named, and of secrets nothing is shown or read', async () => {
  const zk = fakeEnsemble()
  const secret = ['db/*']
  await seed(zk, treeOf({ a: 'one\n', b: 'gone\n', 'db/password': 'old-word', 'db/former': 'older-word', same: 'x' }))
  zk.put('/dman/config/a', 'by hand\n')
  const want = treeOf({ a: 'two\n', 'db/password': 'new-word', new: '', same: 'x' })
  const session = await zk.open()
  const [plan] = await planTrees(session, [want], note())
  const asked: string[] = []
  const watched = {
    get: (path: string) => {
      asked.push(path)
      return session.get(path)
    },
  }
  const told = await differences(watched, sourceOf({ secret }), want, plan!)
  expect(told.map(({ kind, path, diff }) => [kind, path.slice('/dman/config/'.length), diff])).toEqual([
    ['set', 'a', '--- /dman/config/a\n+++ /dman/config/a\n@@ -1,1 +1,1 @@\n-by hand\n+two\n'],
    ['set', 'db/password', '‹secret›\n'],
    ['create', 'new', undefined],
    ['delete', 'db/former', '‹secret›\n'],
    ['delete', 'b', '--- /dman/config/b\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-gone\n'],
  ])
  expect(told[0]?.reason).toBe('someone else changed it since it was applied')
  expect(asked).toEqual(['/dman/config/a', '/dman/config/b'])
  expect(JSON.stringify(told)).not.toMatch(/(old|older|new)-word/)
})

test.each(['/prod/app/config', '/dman/config/db'])(
  'a tree that moved to %s keeps its secrets where it was',
  async (path) => {
    const zk = fakeEnsemble()
    const secret = ['db/password']
    await seed(zk, treeOf({ 'db/password': 'old-word', a: 'told' }, { secret }))
    const moved = { secret, path }
    const want = treeOf({ 'db/password': 'old-word', a: 'told' }, moved)
    const session = await zk.open()
    const [plan] = await planTrees(session, [want], note())
    const told = await differences(session, sourceOf(moved), want, plan!)
    const of = (at: string) => told.find(({ path }) => path === at)?.diff
    expect(of('/dman/config/db/password')).toBe('‹secret›\n')
    expect(of('/dman/config/a')).toContain('-told')
    expect(JSON.stringify(told)).not.toContain('old-word')
  },
)

test('what is neither below the path of a tree nor below a former one may be a secret', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: 'old-word' }))
  const moved = { secret: ['db/password'], path: '/prod/app/config' }
  const want = treeOf({ a: 'old-word' }, moved)
  const session = await zk.open()
  const [plan] = await planTrees(session, [want], note())
  const seen = plan!.seen!
  const told = await differences(session, sourceOf(moved), want, {
    ...plan!,
    seen: { ...seen, head: { ...seen.head, path: '/elsewhere' } },
  })
  expect(told.find(({ path }) => path === '/dman/config/a')?.diff).toBe('‹secret›\n')
})
