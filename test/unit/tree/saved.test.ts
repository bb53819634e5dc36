import { expect, test } from 'vitest'
import { accepts, decodeSaved, encodeSaved, refuseStale, type SavedPlan, savedTree } from '../../../src/tree/saved.ts'
import { planTrees } from '../../../src/tree/seed.ts'
import { aclOf, expected, failuresFrom, type Files, note, seed, treeOf } from './build.ts'
import { fakeEnsemble, type Fault } from './fake-zookeeper.ts'

const zk = fakeEnsemble()
const planned = async (files: Files): Promise<SavedPlan> => {
  const plans = await planTrees(await zk.open(), [treeOf(files)], note())
  return { ensemble: 'dman', trees: plans.map(savedTree) }
}
const stale = async (saved: SavedPlan, now: SavedPlan) =>
  (await failuresFrom(() => refuseStale(saved, now, 'p.json'))).map(({ got, exit }) => `${got} (${exit})`).join()

test('a plan is read as it was written, and holds nothing that is in a znode', async () => {
  await seed(zk, treeOf({ a: '1', b: '1', c: 'held-before' }))
  const saved = await planned({ a: '2', b: '1', d: 'held-now' })
  const text = encodeSaved(saved)
  expect(text).not.toContain('held')
  expect(decodeSaved(text, 'p.json')).toEqual(saved)
  expect(saved.trees[0]).toMatchObject({
    head: { version: 0, generation: 1 },
    changes: [
      { kind: 'set', path: '/dman/config/a', version: 0 },
      { kind: 'create', path: '/dman/config/d' },
      { kind: 'delete', path: '/dman/config/c', version: 0 },
    ],
  })
  expect(() => refuseStale(saved, saved, 'p.json')).not.toThrow()
  const nothing = await planned({ a: '1', b: '1', c: 'held-before' })
  expect(decodeSaved(encodeSaved(nothing), 'p.json')).toEqual(nothing)
})

test('it is stale once someone wrote, the source is another, or the inventory', async () => {
  const saved = await planned({ a: '3', b: '1', c: 'held-before' })
  expect(await stale(saved, await planned({ a: '4', b: '1', c: 'held-before' }))).toMatch(
    /^the plan is stale: app: what is wanted is not the same any more \(5\)$/,
  )
  zk.put('/dman/config/a', 'by someone else')
  expect(await stale(saved, await planned({ a: '3', b: '1', c: 'held-before' }))).toContain(
    'app: /dman/config/a was written meanwhile: version 1, not 0',
  )
  zk.remove('/dman/config/b')
  expect(await stale(saved, await planned({ a: '3', b: '1', c: 'held-before' }))).toContain(
    'not planned then: create /dman/config/b',
  )
  await seed(zk, treeOf({ a: '3', b: '1', c: 'held-before' }), { note: note({ who: 'bob@den' }) })
  const after = await stale(saved, await planned({ a: '3', b: '1', c: 'held-before' }))
  const [was, is] = ['1 by ann@desk at 2024-05-01T10:00:00Z', '2 by bob@den at 2024-05-01T10:00:00Z']
  const versions = ['(HEAD’s version 0)', '(HEAD’s version 1)']
  expect(after).toContain(`from generation ${was} ${versions[0]}, and generation ${is} ${versions[1]} is there now`)
  const old = saved.trees.map((tree) => ({ ...tree, head: { version: 0, generation: 1 } }))
  const early = decodeSaved(encodeSaved({ ...saved, trees: old }), 'p.json')
  expect(await stale(early, await planned({}))).toContain(`from generation 1 ${versions[0]}, and generation ${is}`)
  expect(after).toContain('no longer: set /dman/config/a')
  const one = saved.trees[0]!
  expect(await stale(saved, { ...saved, trees: [] })).toContain('app: the inventory does not have it any more')
  expect(await stale({ ...saved, trees: [] }, saved)).toContain('app: the inventory has it since then')
  expect(await stale(saved, { ...saved, ensemble: 'other' })).toContain('a plan for dman, not other')
  expect(await stale(saved, { ...saved, trees: [{ ...one, path: '/x' }] })).toContain('its path is /x now')
  expect(await stale({ ...saved, trees: [{ ...one, head: null }] }, saved)).toContain(
    'planned from no generation at all',
  )
})

test('a seed by it does that at first, then what is left of it, and never anything else', async () => {
  const mine = fakeEnsemble()
  const tree = treeOf({ a: '1', b: '2', c: '3' })
  const plans = await planTrees(await mine.open(), [tree], note())
  const saved = { ensemble: 'dman', trees: plans.map(savedTree) }
  mine.faults.set(0, 'unheard')
  await seed(mine, tree, { accept: accepts(saved, 'p.json') })
  expect(mine.text('/dman/config/c')).toBe('3')
  const accept = accepts(saved, 'p.json')
  const other = treeOf({ a: '1', b: '2', c: '3', d: '4' })
  const rest = await planTrees(await mine.open(), [other], note())
  const [failure] = await failuresFrom(() => accept(rest[0]!, 1))
  expect(failure).toMatchObject({ exit: 5, got: 'the plan is stale: app: not planned then: create /dman/config/d' })
  expect(await failuresFrom(() => seed(mine, other, { accept }))).toMatchObject([{ exit: 5 }])
  expect(mine.text('/dman/config/d')).toBeUndefined()
})

test('case 32: whichever reply is lost, a seed by it goes on with what is left: deletions, and ACLs that take two steps', async () => {
  const acls = (address: string) => [{ pattern: 'k1*', acl: ['digest:dman:cdrwa', `ip:${address}:r`] }]
  const files = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at % 3 === 0 ? text : 'same']))
  const [old, want] = [
    treeOf(files(40, '1'), { limit: 2500, acls: acls('10.0.0.1') }),
    treeOf(files(25, '2'), { limit: 2500, acls: acls('10.0.0.2') }),
  ]
  const seedBySaved = async (at: number, fault?: Fault) => {
    const mine = fakeEnsemble()
    await seed(mine, old)
    const plans = await planTrees(await mine.open(), [want], note())
    const saved = { ensemble: 'dman', trees: plans.map(savedTree) }
    const first = mine.multis
    if (fault !== undefined) mine.faults.set(first + at, fault)
    await seed(mine, want, { accept: accepts(saved, 'p.json') })
    expect(mine.tree(), `write ${at} ${fault}`).toEqual(expected(want))
    expect(aclOf(mine, '/dman/config/k10')).toBe('digest:dman:cdrwa ip:10.0.0.2:r')
    return mine.multis - first
  }
  const writes = await seedBySaved(0)
  expect(writes).toBeGreaterThan(15)
  for (let at = 0; at < writes; at++)
    for (const fault of ['lost', 'unheard', 1, 5] as const) await seedBySaved(at, fault)
})

test('of many differences some are told, and how many more there are', async () => {
  const saved = await planned({})
  const many = await planned(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`k${at}`, ''])))
  expect(await stale(saved, many)).toMatch(/; app: and 2\d more/)
})

test('case 42: what a later version wrote is refused, and so is anything else', async () => {
  const from = async (text: string) =>
    (await failuresFrom(() => decodeSaved(text, 'p.json'))).map(({ exit, got }) => [exit, got])
  expect(await from('{"format": 2}')).toEqual([[5, 'this was written by a later version (format 2)']])
  for (const text of ['', '[]', 'null', '{}', '{"format":1}', '{"format":1,"ensemble":"a","trees":[{}]}'])
    expect(await from(text)).toEqual([[3, 'no saved plan']])
})

test('case 31: a look amid the write of another run, whose znodes stand beside the HEAD of before, is looked at once more: then it tells who', async () => {
  const mine = fakeEnsemble()
  await seed(mine, treeOf({ a: '1' }), { note: note({ run: 'first' }) })
  const want = treeOf({ a: '1', b: 'mine' })
  const plans = await planTrees(await mine.open(), [want], note())
  const session = await mine.open()
  let other: Promise<unknown> | undefined
  const get: typeof session.get = async (path) => {
    const theirs = () => seed(mine, treeOf({ a: '1', b: 'theirs' }), { note: note({ who: 'bob@den', run: 'bobs' }) })
    // HEAD is read by now.
    if (path === '/dman/config/b') await (other ??= theirs())
    return session.get(path)
  }
  const open = () => Promise.resolve({ ...session, get })
  const accept = accepts({ ensemble: 'dman', trees: plans.map(savedTree) }, 'p.json')
  const [failure] = await failuresFrom(() => seed({ open }, want, { accept }))
  expect(failure?.got).toContain('generation 2 by bob@den')
  expect(mine.text('/dman/config/b')).toBe('theirs')
})
