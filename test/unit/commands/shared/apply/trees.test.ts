import { expect, test } from 'vitest'
import { remarksOf, saidOfAll } from '../../../../../src/commands/shared/apply/trees.ts'
import { planTrees } from '../../../../../src/tree/seed.ts'
import { note, seed, treeOf } from '../../../tree/build.ts'
import { fakeEnsemble } from '../../../tree/fake-zookeeper.ts'

test('a dry run fails as the real run would, and remarks say that too much would be deleted', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '', b: '', c: '' }))
  const seeded = await seed(zk, treeOf({}), { dryRun: true })
  expect(saidOfAll([seeded], true).failures).toMatchObject([{ exit: 5, got: '3 of 4 znodes would be deleted' }])
  const [plan] = await planTrees(await zk.open(), [treeOf({})], note())
  expect(remarksOf(plan!).join('\n')).toContain('3 of 4 znodes would be deleted')
  const [fine] = await planTrees(await zk.open(), [treeOf({ a: '', b: '', c: '1' })], note())
  expect(remarksOf(fine!)).toEqual([])
})
