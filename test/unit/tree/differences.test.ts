import { expect, test } from 'vitest'
import { differences } from '../../../src/tree/differences.ts'
import { planTrees } from '../../../src/tree/seed.ts'
import { seed, sourceOf, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

test('each change has what it does to the bytes, drift is named, and of secrets nothing is shown or read', async () => {
  const zk = fakeEnsemble()
  const secret = ['db/*']
  await seed(zk, treeOf({ a: 'one\n', b: 'gone\n', 'db/password': 'old-word', 'db/former': 'older-word', same: 'x' }))
  zk.put('/dman/config/a', 'by hand\n')
  const want = treeOf({ a: 'two\n', 'db/password': 'new-word', new: '', same: 'x' })
  const session = await zk.open()
  const [plan] = await planTrees(session, [want])
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
