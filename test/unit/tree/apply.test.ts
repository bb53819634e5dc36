import { describe, expect, test } from 'vitest'
import { expected, failuresFrom, headOf, note, seed, stopEarly, type Told, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

test.each([
  ['a first seed', null],
  ['one that replaces bytes, which go to the history', { a: 'y'.repeat(900), b: 'gone' }],
])('%s is one transaction where that is no larger than the limit, to the byte', async (_, before) => {
  const files = { a: 'x'.repeat(1000), c: 'x'.repeat(500) }
  const seeded = async (limit?: number) => {
    const zk = fakeEnsemble()
    if (before !== null) await seed(zk, treeOf(before), { note: note() })
    zk.largest = 0
    const seen = new Set<boolean>()
    zk.onCommit = () => seen.add(headOf(zk).applying === null)
    const over = { note: note({ run: 'run-2', reason: 'why' }), allowShrink: true }
    await seed(zk, treeOf(files, limit === undefined ? {} : { limit }), over)
    return { size: zk.largest, atOnce: !seen.has(false) }
  }
  const { size } = await seeded()
  expect(await seeded(size)).toEqual({ size, atOnce: true })
  expect((await seeded(size - 1)).atOnce).toBe(false)
})

describe('commit of more than fits into one transaction', () => {
  test('a larger apply shows applying in HEAD, checks it in every transaction, and counts znodes', async () => {
    const zk = fakeEnsemble()
    const big = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`d/k${index}`, 'x'.repeat(400)]))
    const tree = treeOf(big, { limit: 20_000 })
    const seen: (string | null)[] = []
    zk.onCommit = (operations) => {
      expect(operations.some(({ path }) => path === '/dman/meta/app/HEAD')).toBe(true)
      const { generation, applying } = headOf(zk)
      seen.push(applying === null ? `${generation}` : `${generation} to ${applying.generation}`)
    }
    const events: Told[] = []
    const { remarks } = await seed(zk, tree, { events })
    expect([...new Set(seen)]).toEqual(['0', '0 to 1', '1'])
    expect(zk.tree()).toEqual(expected(tree))
    expect(zk.largest).toBeLessThanOrEqual(20_000)
    expect(remarks.join()).toContain('too much for one transaction')
    const progress = events.flatMap((event) => (event.is === 'progress' ? [event.done] : []))
    expect(progress.at(-1)).toBe(202)
    expect(progress.length).toBeGreaterThan(3)
    expect((await seed(zk, tree)).changes).toEqual([])
    const smaller = treeOf({ 'd/k1': 'y' }, { limit: 20_000 })
    await seed(zk, smaller, { allowShrink: true })
    expect(zk.tree()).toEqual(expected(smaller))
    expect(headOf(zk)).toMatchObject({ generation: 2, root: smaller.manifest.root })
  })

  test('Ctrl-C stops a larger apply between transactions, and the next run finishes it', async () => {
    const zk = fakeEnsemble()
    const big = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 'x'.repeat(8000)]))
    const tree = treeOf(big, { limit: 20_000 })
    const [failure] = await failuresFrom(() => seed(zk, tree, stopEarly()))
    expect(failure).toMatchObject({ exit: 130 })
    expect(failure?.got).toContain('applying')
    expect(headOf(zk).applying?.generation).toBe(1)
    expect(Object.keys(zk.tree()).length).toBeLessThan(301)
    const { changes } = await seed(zk, tree)
    expect(changes[0]).toMatchObject({ kind: 'finish' })
    const undone = { kind: 'create', reason: 'left undone by a run that did not finish', drift: false }
    expect(changes.at(-1)).toMatchObject(undone)
    expect(zk.tree()).toEqual(expected(tree))
    expect(headOf(zk)).toMatchObject({ generation: 1, applying: null })
  })

  test('what dead runs had begun is owned by whoever takes over, however often', async () => {
    const zk = fakeEnsemble()
    const of = (prefix: string) =>
      treeOf(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${prefix}${index}`, 'x'.repeat(3000)])), {
        limit: 9000,
      })
    for (const prefix of ['a', 'b', 'c']) {
      await failuresFrom(() => seed(zk, of(prefix), { ...stopEarly(), allowShrink: true }))
    }
    expect(Object.keys(zk.tree()).some((path) => path.startsWith('/dman/config/a'))).toBe(true)
    await seed(zk, of('d'), { allowShrink: true })
    expect(zk.tree()).toEqual(expected(of('d')))
  })
})
