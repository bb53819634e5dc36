import { expect, test } from 'vitest'
import { treesSeen } from '../../../src/tree/status.ts'
import { failuresFrom, identities, note, seed, stopEarly, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const app = { name: 'app', path: '/dman/config' }
const statuses = async (...asked: Parameters<typeof treesSeen>) => {
  const seen = await treesSeen(...asked)
  expect(seen.problems).toEqual([])
  return seen.statuses
}

test('tells generation and time of each tree in HEAD’s words, and reads drift only where it is asked for', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1', b: '2' }), { note: note({ at: '2024-05-02T00:00:00Z' }) })
  const session = await zk.open()
  zk.reads = 0
  expect(await statuses(session, [app, { name: 'other', path: '/other' }])).toEqual([
    { ...app, generation: 1, applied_at: '2024-05-02T00:00:00Z', drift: null },
    { name: 'other', path: '/other', generation: null, applied_at: null, drift: null },
  ])
  expect(zk.reads).toBe(2)
  expect(await statuses(session, [app], { drift: true, identities })).toMatchObject([{ drift: false }])
  zk.put('/dman/config/foreign', 'is no drift')
  expect(await statuses(session, [app], { drift: true, identities })).toMatchObject([{ drift: false }])
  zk.put('/dman/config/a', 'edited')
  expect(await statuses(session, [app], { drift: true, identities })).toMatchObject([{ drift: true }])
  zk.put('/dman/config/a', '1')
  zk.remove('/dman/config/b')
  expect(await statuses(session, [app], { drift: true, identities })).toMatchObject([{ drift: true }])
})

test('an ACL that someone else changed is drift; without our passwords it cannot be told', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1' }))
  const session = await zk.open()
  expect(await statuses(session, [app], { drift: true })).toMatchObject([{ drift: null }])
  zk.grant('/dman/config/a', { scheme: 'world', id: 'anyone', perms: 'cdrwa' })
  expect(await statuses(session, [app], { drift: true })).toMatchObject([{ drift: null }])
  expect(await statuses(session, [app], { drift: true, identities: {} })).toMatchObject([{ drift: null }])
  expect(await statuses(session, [app], { drift: true, identities })).toMatchObject([{ drift: true }])
  zk.put('/dman/config/a', '2')
  expect(await statuses(session, [app], { drift: true })).toMatchObject([{ drift: true }])
})

test('a first seed that was never finished has no generation, and no drift', async () => {
  const zk = fakeEnsemble()
  const big = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, 'x'.repeat(3000)]))
  await failuresFrom(() => seed(zk, treeOf(big, { limit: 9000 }), stopEarly()))
  expect(await statuses(await zk.open(), [app], { drift: true, identities })).toEqual([
    { ...app, generation: null, applied_at: null, drift: null },
  ])
  const { remarks } = await treesSeen(await zk.open(), [app])
  expect(remarks.get('app')).toEqual({ is: 'seen', words: 'generation 1 is begun, not finished' })
})

test('a tree that is elsewhere than the inventory has it says where', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1' }))
  const { remarks } = await treesSeen(await zk.open(), [{ name: 'app', path: '/elsewhere' }])
  expect(remarks.get('app')).toEqual({ is: 'seen', words: 'at /dman/config so far' })
  expect((await treesSeen(await zk.open(), [app])).remarks.size).toBe(0)
})

test('case 42: HEAD of a later version is a failure', async () => {
  const zk = fakeEnsemble()
  zk.put('/dman/meta/app/HEAD', '{"format":2}')
  expect((await treesSeen(await zk.open(), [app])).problems).toMatchObject([{ exit: 5 }])
})

test('case 42: a HEAD that cannot be understood hides no other tree', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1' }))
  zk.put('/dman/meta/other/HEAD', '{"format":2}')
  const other = { name: 'other', path: '/other' }
  const { statuses, problems, remarks } = await treesSeen(await zk.open(), [other, app])
  expect([...remarks]).toEqual([['other', { is: 'unread', words: 'this was written by a later version (format 2)' }]])
  expect(statuses).toMatchObject([
    { ...other, generation: null },
    { ...app, generation: 1 },
  ])
  expect(problems.map(({ step, exit }) => [step, exit])).toEqual([['read HEAD of tree other', 5]])
})
