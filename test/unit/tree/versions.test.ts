import { expect, test } from 'vitest'
import type { TreePlan } from '../../../src/tree/plan.ts'
import { aclOf, expected, seed, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const head = '/dman/meta/app/HEAD'

test('case 31: what someone edits between plan and apply is not deleted before that was planned and shown', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1', b: '1', old: '1' }))
  zk.beforeMulti = (count) => {
    if (count === 1) zk.put('/dman/config/old', 'theirs')
  }
  const plans: TreePlan[] = []
  await seed(zk, treeOf({ a: '1', b: '1' }), { onPlan: (plan) => plans.push(plan) })
  expect(plans.map(({ changes }) => changes.map(({ kind, reason }) => `${kind}: ${reason}`))).toEqual([
    ['delete: no longer wanted'],
    ['delete: no longer wanted; someone else changed it meanwhile'],
  ])
  expect(zk.tree()).toEqual(expected(treeOf({ a: '1', b: '1' })))
})

test('case 31: no ACL is set any more once someone moved HEAD, before that was seen and planned', async () => {
  const files = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`k${index}`, 'x']))
  const zk = fakeEnsemble()
  await seed(zk, treeOf(files))
  const told: string[] = []
  const tell = (what: string) => {
    if (told.at(-1) !== what) told.push(what)
  }
  let looks = 0
  const open = async () => {
    const session = await zk.open()
    const multi: typeof session.multi = (operations) => {
      const [only] = operations
      if (operations.length === 1 && only?.do === 'check' && ++looks === 2) {
        zk.put(head, zk.text(head) ?? '')
        tell('moved')
      }
      return session.multi(operations)
    }
    return { ...session, multi }
  }
  zk.onAcl = () => tell('acl')
  await seed({ open }, treeOf(files, { acl: ['digest:dman:cdrwa'] }), { onPlan: () => tell('plan') })
  expect(told).toEqual(['plan', 'acl', 'moved', 'plan', 'acl'])
  expect(aclOf(zk, '/dman/config/k899')).toBe('digest:dman:cdrwa')
})
