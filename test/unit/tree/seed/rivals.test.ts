import { expect, test } from 'vitest'
import type { ZooKeeper } from '../../../../src/zookeeper/zookeeper.ts'
import { type Files, headOf, note, seed, type Told, treeOf } from '../build.ts'
import { fakeEnsemble } from '../fake-zookeeper.ts'

/** A session that lets another writer go first, once. */
const overtaken = (zk: ReturnType<typeof fakeEnsemble>, by: Files) => {
  let isFirst = true
  return async () => {
    const session = await zk.open()
    const multi: ZooKeeper['multi'] = async (operations) => {
      if (isFirst) {
        isFirst = false
        await seed(zk, treeOf(by), { note: note({ who: 'ann', run: 'ann' }) })
      }
      return session.multi(operations)
    }
    return { ...session, multi }
  }
}

test('who is overtaken plans anew where that undoes nothing of the faster run', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1', b: '1' }))
  const events: Told[] = []
  const open = overtaken(zk, { a: '2', b: '1' })
  const seeded = await seed(zk, treeOf({ a: '2', b: '2', c: '2' }), { note: note({ run: 'r2' }), open, events })
  expect(seeded.changes.map(({ kind, path }) => `${kind} ${path.slice(-1)}`)).toEqual(['set b', 'create c'])
  expect(headOf(zk)).toMatchObject({ generation: 3, run: 'r2' })
  expect(JSON.stringify(events)).toContain('another run was faster: generation 2 by ann')
})

test.each<[string, Files]>([
  ['a value of its own', { a: '2', b: '1' }],
  ['a znode of its own', { a: '1', b: '1', d: '' }],
  ['one less', { b: '1' }],
  ['one less that we change', { a: '1' }],
  ['a value that we change', { a: '1', b: '3' }],
])('and is refused where the faster run has %s', async (_, by) => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1', b: '1' }))
  const running = seed(zk, treeOf({ a: '1', b: '2' }), { note: note({ run: 'r2' }), open: overtaken(zk, by) })
  await expect(running).rejects.toThrow('changed meanwhile: generation 2 by ann')
  expect(headOf(zk)).toMatchObject({ generation: 2, run: 'ann' })
})
