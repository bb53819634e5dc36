import { describe, expect, test } from 'vitest'
import type { TreeSource } from '../../../../src/model/tree-source.ts'
import { readHistory } from '../../../../src/tree/history/history.ts'
import { formerTree } from '../../../../src/tree/history/rollback.ts'
import { hashOf } from '../../../../src/tree/meta/manifest.ts'
import {
  aclOf,
  expected,
  failuresFrom,
  type Files,
  headOf,
  identities,
  kept,
  note,
  seed,
  sourceOf,
  stopEarly,
  stored,
  treeOf,
} from '../build.ts'
import { type FakeEnsemble, fakeEnsemble } from '../fake-zookeeper.ts'

const [dman, app] = ['digest:dman:cdrwa', 'sasl:app:r']

async function rollBack(zk: FakeEnsemble, to?: number, over: Partial<TreeSource> = {}) {
  const { tree, from } = await formerTree(await zk.open(), sourceOf(over), identities, to)
  return seed(zk, tree, { from, allowShrink: true })
}

const history = async (zk: FakeEnsemble) => (await readHistory(await zk.open(), { name: 'app' })).records

/** Znodes of the tree with what they hold and who may do what. */
const state = (zk: FakeEnsemble) =>
  Object.fromEntries(Object.entries(zk.tree()).map(([path, text]) => [path, `${text} ${aclOf(zk, path)}`]))

describe('the history of a tree', () => {
  test('keeps once what a generation replaced or deleted, ours or a stranger’s; a first seed keeps nothing', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '1', b: 'same', c: 'same', d: '' }))
    expect(kept(zk)).toEqual(['0000000001'])
    zk.put('/dman/config/a', 'theirs')
    await seed(zk, treeOf({ a: '2', d: 'x' }), { allowShrink: true })
    expect(kept(zk)).toEqual(
      ['', `/${hashOf('theirs')}`, `/${hashOf('same')}`]
        .map((name) => `0000000002${name}`)
        .sort()
        .concat('0000000001')
        .sort(),
    )
    expect(zk.text(`/dman/meta/app/history/0000000002/${hashOf('theirs')}`)).toBe('theirs')
  })

  test('tells who, when, why and how much, the newest first, and is not written again by an idle run', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '1', b: '2' }), { note: note({ run: 'one' }) })
    await seed(zk, treeOf({ a: '12', c: '3' }), { note: note({ run: 'two', who: 'bob', reason: 'why' }) })
    const writes = zk.multis
    await seed(zk, treeOf({ a: '12', c: '3' }))
    expect(zk.multis).toBe(writes)
    const counts = { created: 1, set: 1, deleted: 1, acl: 0, bytes: 3 }
    expect(await history(zk)).toMatchObject([
      { generation: 2, who: 'bob', run: 'two', reason: 'why', ...counts },
      { generation: 1, run: 'one', created: 3, set: 0, deleted: 0, bytes: 2 },
    ])
  })

  test('of a tree that was never seeded is a refusal', async () => {
    const [failure] = await failuresFrom(() => history(fakeEnsemble()))
    expect(failure).toMatchObject({ exit: 5, got: 'it was never seeded' })
  })

  test('is as long as asked for: what no kept generation needs goes once HEAD has moved', async () => {
    const zk = fakeEnsemble()
    for (let index = 0; index < 6; index++)
      await seed(zk, treeOf({ a: `${index}`, b: 'b' }, { history: 3, acl: [dman, `ip:10.0.0.${index}:r`] }))
    expect((await history(zk)).map(({ generation }) => generation)).toEqual([6, 5, 4])
    expect(kept(zk).filter((path) => path.includes('/'))).toEqual(
      [4, 5, 6].map((each) => `000000000${each}/${hashOf(`${each - 2}`)}`),
    )
    expect(stored(zk)).toHaveLength(6)
    expect([...zk.znodes.keys()].filter((path) => path.startsWith('/dman/meta/app/acls/'))).toHaveLength(3)
    await rollBack(zk, 4, { history: 3 })
    expect(zk.text('/dman/config/a')).toBe('3')
    expect(aclOf(zk, '/dman/config/a')).toBe('digest:dman:cdrwa ip:10.0.0.3:r')
    const [failure] = await failuresFrom(() => rollBack(zk, 3))
    expect(failure).toMatchObject({ exit: 3, got: 'generation 3 is not kept' })
  })

  test('of one generation keeps no bytes', async () => {
    const zk = fakeEnsemble()
    for (const text of ['1', '2', '3']) await seed(zk, treeOf({ a: text }, { history: 1 }))
    expect(kept(zk)).toEqual(['0000000003'])
    const [failure] = await failuresFrom(() => rollBack(zk))
    expect(failure).toMatchObject({ exit: 3, got: 'there is no generation before the current one' })
  })

  test('is kept in the larger way, too, also of values that two of do not fit into one request', async () => {
    const zk = fakeEnsemble()
    const limit = 3000
    const of = (letter: string) => treeOf({ a: letter.repeat(2500), b: letter.repeat(2400), c: letter }, { limit })
    await seed(zk, of('x'))
    await seed(zk, of('y'))
    expect(zk.largest).toBeLessThanOrEqual(limit)
    expect(kept(zk)).toHaveLength(5)
    await rollBack(zk)
    expect(zk.tree()).toEqual(expected(of('x')))
  })
})

describe('a rollback', () => {
  const versions: { files: Files; over: Partial<TreeSource> }[] = [
    { files: { a: '1', 'b/c': '2', same: 's' }, over: {} },
    { files: { a: 'one', d: '3', same: 's' }, over: { acls: [{ pattern: 'd', acl: [dman, app] }] } },
    { files: { same: 's' }, over: { acl: [dman] } },
  ]

  test('restores bytes, ACLs and deletions of any generation, as a new one', async () => {
    const zk = fakeEnsemble()
    const states = []
    for (const { files, over } of versions) {
      await seed(zk, treeOf(files, over), { allowShrink: true })
      states.push(state(zk))
    }
    for (const [turn, to] of [2, 1, 3, 1, 2].entries()) {
      const { generation } = await rollBack(zk, to, versions[2]?.over)
      expect(generation).toBe(4 + turn)
      expect(state(zk)).toEqual(states[to - 1])
      expect(headOf(zk)).toMatchObject({ generation: 4 + turn, applying: null })
      expect(headOf(zk).root).toBe(treeOf(versions[to - 1]!.files, versions[to - 1]!.over).manifest.root)
    }
    expect((await rollBack(zk, 2)).changes).toEqual([])
  })

  test('goes to the generation before the current where none is named', async () => {
    const zk = fakeEnsemble()
    for (const text of ['1', '2', '3']) await seed(zk, treeOf({ a: text }))
    await rollBack(zk)
    expect(zk.text('/dman/config/a')).toBe('2')
  })

  test('takes the way of one transaction where no ACL changes, and makes anew what might be tidied away', async () => {
    const zk = fakeEnsemble()
    for (const text of ['1', '2']) await seed(zk, treeOf({ a: text }))
    const writes = zk.multis
    await rollBack(zk)
    expect(zk.multis).toBe(writes + 1)
  })

  test('refuses, naming them, where bytes are nowhere any more: exit 5', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: 'first', b: 'b' }))
    zk.put('/dman/config/a', 'theirs')
    await seed(zk, treeOf({ a: 'theirs', b: 'b' }))
    const writes = zk.multis
    const [failure] = await failuresFrom(() => rollBack(zk))
    expect(failure).toMatchObject({ exit: 5 })
    expect(failure?.got).toContain('nowhere any more: /dman/config/a')
    expect(zk.multis).toBe(writes)
  })

  test('case 31: where someone else was faster it is told who, and nothing is rolled back', async () => {
    const zk = fakeEnsemble()
    for (const text of ['1', '2']) await seed(zk, treeOf({ a: text }))
    const { tree, from } = await formerTree(await zk.open(), sourceOf(), identities)
    await seed(zk, treeOf({ a: '3' }), { note: note({ who: 'bob', run: 'bobs' }) })
    const [failure] = await failuresFrom(() => seed(zk, tree, { from }))
    expect(failure?.got).toContain('changed meanwhile: generation 3 by bob')
    expect(zk.text('/dman/config/a')).toBe('3')
  })

  test('undoes what was begun and not finished', async () => {
    const zk = fakeEnsemble()
    const names = Array.from({ length: 60 }, (_, index) => `k${index}`)
    const of = (letter: string) =>
      treeOf(Object.fromEntries(names.map((name) => [name, `${name} ${letter.repeat(900)}`])), { limit: 2500 })
    for (const letter of ['x', 'y']) await seed(zk, of(letter))
    await failuresFrom(() => seed(zk, of('z'), stopEarly()))
    expect(headOf(zk).applying).toMatchObject({ generation: 3 })
    expect(zk.tree()).not.toEqual(expected(of('y')))
    // None is named: what is undone is what was begun.
    await rollBack(zk)
    expect(zk.tree()).toEqual(expected(of('y')))
    await rollBack(zk, 1)
    expect(zk.tree()).toEqual(expected(of('x')))
  })

  test('keeps what drifted, too', async () => {
    const zk = fakeEnsemble()
    for (const text of ['1', '2']) await seed(zk, treeOf({ a: text }))
    zk.put('/dman/config/a', 'theirs')
    await rollBack(zk)
    expect(zk.text('/dman/config/a')).toBe('1')
    expect(kept(zk)).toContain(`0000000003/${hashOf('theirs')}`)
  })
})
