import { expect, test } from 'vitest'
import { aclOf, expected, seed, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const files = { 'db/url': 'jdbc:x', flags: 'a b' }

test('closes `/` where that is asked for, once, and leaves it as it is where not', async () => {
  const zk = fakeEnsemble()
  const [open, closed] = ['world:anyone:cdrwa', 'digest:dman:cdrwa world:anyone:r']
  await seed(zk, treeOf(files))
  expect(aclOf(zk, '/')).toBe(open)
  const tree = treeOf(files, { root: 'closed' })
  const { changes } = await seed(zk, tree)
  expect(changes).toMatchObject([{ kind: 'acl', path: '/', summary: `acl / (${open} to ${closed})` }])
  expect(aclOf(zk, '/')).toBe(closed)
  expect((await seed(zk, tree)).changes).toEqual([])
  expect((await seed(zk, treeOf(files))).changes).toEqual([])
  expect(aclOf(zk, '/')).toBe(closed)
  const fresh = fakeEnsemble()
  await seed(fresh, tree)
  expect([aclOf(fresh, '/'), fresh.tree()]).toEqual([closed, expected(tree)])
})
