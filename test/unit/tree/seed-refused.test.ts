import { describe, expect, test } from 'vitest'
import type { Failure } from '../../../src/model/failure.ts'
import { desiredTrees, type Tree } from '../../../src/tree/desired.ts'
import { planEach, seedTrees } from '../../../src/tree/seed.ts'
import { entriesOf, failuresFrom, identities, note, seed, sourceOf, stored, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble } from './fake-zookeeper.ts'

const files = { 'db/url': 'jdbc:x', 'db/user': '', flags: 'a b' }

describe('what seeding refuses', () => {
  test('half of a tree is deleted as any part is, one znode more than half is not', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '', b: '', c: '' }))
    await seed(zk, treeOf({ a: '' }))
    await seed(zk, treeOf({ a: '', b: '', c: '', d: '' }))
    const [failure] = await failuresFrom(() => seed(zk, treeOf({ a: '' })))
    expect(failure).toMatchObject({ exit: 5, got: '3 of 5 znodes would be deleted' })
  })

  test('more than half of a tree is not deleted without being allowed', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '', b: '', c: '' }))
    const [failure] = await failuresFrom(() => seed(zk, treeOf({})))
    expect(failure).toMatchObject({ exit: 5, got: '3 of 4 znodes would be deleted' })
    const dry = { dryRun: true }
    expect((await seed(zk, treeOf({}), dry)).refusals).toEqual([failure])
    expect((await seed(zk, treeOf({}), { ...dry, allowShrink: true })).refusals).toEqual([])
    expect(zk.multis).toBe(1)
    await seed(zk, treeOf({}), { allowShrink: true })
    expect(zk.tree()).toEqual({ '/dman/config': '' })
  })

  test('who permits it is asked once, however often the plan is made anew', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '', b: '', c: '' }))
    const asked: string[] = []
    const permit = ({ got }: Failure) => Promise.resolve(void asked.push(got))
    zk.faults.set(zk.multis, 'lost')
    await seed(zk, treeOf({}), { permit })
    expect(asked).toEqual(['3 of 4 znodes would be deleted'])
    expect(zk.tree()).toEqual({ '/dman/config': '' })
  })

  test('what is refused of one tree keeps no other from being planned or written, in whatever order', async () => {
    const [app, web] = desiredTrees(
      [
        { source: sourceOf(), entries: entriesOf({ a: '1' }) },
        { source: sourceOf({ name: 'web', path: '/web' }), entries: entriesOf({ b: '2' }) },
      ],
      identities,
    ) as [Tree, Tree]
    for (const trees of [
      [app, web],
      [web, app],
    ]) {
      const zk = fakeEnsemble()
      zk.put('/dman/meta/app/HEAD', 'garbage')
      const { plans, unread } = await planEach(await zk.open(), trees, note())
      expect([plans.map(({ name }) => name), unread.map(({ step }) => step)]).toEqual([
        ['web'],
        ['read HEAD of tree app'],
      ])
      const run = { open: zk.open, note: note(), emit: () => undefined, sleep: () => Promise.resolve() }
      expect(await failuresFrom(() => seedTrees(trees, run))).toMatchObject([
        { step: 'read HEAD of tree app', exit: 5 },
      ])
      expect(zk.tree()).toEqual({ '/web': '', '/web/b': '2' })
    }
  })

  test('nor where it moves as a whole, which is told', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '' }))
    const [moved] = desiredTrees(
      [{ source: sourceOf({ path: '/elsewhere' }), entries: entriesOf({ a: '' }) }],
      identities,
    )
    if (moved === undefined) throw new Error('no tree')
    const [failure] = await failuresFrom(() => seed(zk, moved))
    expect(failure).toMatchObject({
      exit: 5,
      got: '2 of 2 znodes would be deleted: the tree was at /dman/config, and comes to /elsewhere',
    })
  })

  test('case 42: metadata of a later version is refused, and not rewritten', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    zk.put('/dman/meta/app/HEAD', JSON.stringify({ format: 2, generation: 'seven' }))
    const [failure] = await failuresFrom(() => seed(zk, treeOf({ ...files, more: '' })))
    expect(failure).toMatchObject({ exit: 5 })
    expect(failure?.got).toContain('written by a later version')
    expect(zk.multis).toBe(1)
  })

  test('a HEAD that was lost is told, where the history is there: nothing tells what is ours', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    zk.remove('/dman/meta/app/HEAD')
    const before = zk.multis
    const [failure] = await failuresFrom(() => seed(zk, treeOf(files)))
    expect(failure).toMatchObject({ exit: 5, got: 'damaged: it is not there, and its history is' })
    expect(failure?.hint).toContain('once the tree’s own folder there is removed')
    expect(zk.multis).toBe(before)
  })

  test('a manifest that is missing or damaged is unknown, not empty', async () => {
    for (const damage of [
      (zk: FakeEnsemble, path: string) => zk.remove(path),
      (zk: FakeEnsemble, path: string) => zk.put(path, '{"format":1,"znodes":{}}'),
    ]) {
      const zk = fakeEnsemble()
      await seed(zk, treeOf(files))
      for (const path of stored(zk)) damage(zk, path)
      const [failure] = await failuresFrom(() => seed(zk, treeOf({ ...files, more: '' })))
      expect(failure).toMatchObject({ exit: 5 })
      expect(zk.text('/dman/config/more')).toBeUndefined()
    }
  })

  test('a value of an ephemeral znode is refused', async () => {
    const zk = fakeEnsemble()
    zk.put('/dman/config/flags', 'x', true)
    const [failure] = await failuresFrom(() => seed(zk, treeOf(files)))
    expect(failure).toMatchObject({ exit: 5 })
    expect(failure?.got).toContain('/dman/config/flags is ephemeral')
  })
})
