import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DialRefused } from '../../../src/model/dial.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { Tree } from '../../../src/tree/desired.ts'
import { expected, failuresFrom, headOf, note, seed, stored, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble, type Fault } from './fake-zookeeper.ts'

/** At 2,500 bytes a request even these small trees take several transactions, and their values are cut off at 400 bytes. */
const small = 2500

const name = fc.constantFrom('a', 'b', 'c', 'a b', 'ü')
const below = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const value = fc.oneof(
  fc.constantFrom('', 'x', 'y'),
  fc.nat(400).map((length) => 'z'.repeat(length)),
)
const files = fc.dictionary(below, value, { maxKeys: 12 })
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom('lost' as const, 'unheard' as const),
  fc.integer({ min: 1, max: 30 }),
)

type Edit = { at: string; text: string | null }
const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ at: below.map((path) => `/dman/config/${path}`), text: fc.option(value) }),
  { maxLength: 4 },
)

/** Someone else's hands: a deletion only where nothing is below. */
function edit(zk: FakeEnsemble, { at, text }: Edit): void {
  if (text !== null) zk.put(at, text)
  else if (![...zk.znodes.keys()].some((path) => path.startsWith(`${at}/`))) zk.remove(at)
}

/** What must hold once `tree` is applied: it is there, and what nobody of ours ever wanted is as others left it. */
function holds(zk: FakeEnsemble, tree: Tree, foreign: Record<string, string>, ours: ReadonlySet<string>): void {
  const now = zk.tree()
  expect(now).toMatchObject(expected(tree))
  for (const [path, text] of Object.entries(now)) {
    if (tree.znodes.has(path)) continue
    const kept = Object.keys(foreign).some((other) => other.startsWith(`${path}/`) && other in now)
    expect(path in foreign || kept, `${path} (${text}) is left behind`).toBe(true)
  }
  for (const [path, text] of Object.entries(foreign)) if (!ours.has(path)) expect(now[path]).toBe(text)
  expect(headOf(zk).applying).toBeNull()
}

const foreignOf = (zk: FakeEnsemble, ours: ReadonlySet<string>) =>
  Object.fromEntries(Object.entries(zk.tree()).filter(([path]) => !ours.has(path)))

describe('a seed with faults', () => {
  for (const [title, limit] of [
    ['one transaction', 1_048_575],
    ['several transactions', small],
  ] as const)
    test(`case 32: any trees, any edits by others, faults anywhere, ${title}: a rerun completes it`, async () => {
      await fc.assert(
        fc.asyncProperty(
          files,
          files,
          edits,
          edits,
          fc.array(fc.tuple(fc.nat(12), fault), { maxLength: 4 }),
          async (first, second, before, between, faults) => {
            const zk = fakeEnsemble()
            const [old, want] = [treeOf(first, { limit }), treeOf(second, { limit })]
            const ours = new Set([...old.znodes.keys(), ...want.znodes.keys()])
            before.forEach((one) => edit(zk, one))
            await seed(zk, old, { allowShrink: true })
            between.forEach((one) => edit(zk, one))
            const foreign = foreignOf(zk, ours)
            for (const [at, what] of faults) zk.faults.set(zk.multis + at, what)
            await seed(zk, want, { allowShrink: true })
            zk.faults.clear()
            zk.thaw()
            holds(zk, want, foreign, ours)
            expect((await seed(zk, want)).changes).toEqual([])
          },
        ),
        { numRuns: 200 },
      )
    })

  test('case 32: a process that dies at any transaction leaves what another run finishes', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        files,
        files,
        fc.nat(8),
        fc.nat(8),
        fault,
        async (first, second, third, one, two, how) => {
          const zk = fakeEnsemble()
          const trees = [first, second, third].map((each) => treeOf(each, { limit: small }))
          const [old, ...next] = trees
          const ours = new Set(trees.flatMap((tree) => [...tree.znodes.keys()]))
          await seed(zk, old!, { allowShrink: true })
          for (const [index, tree] of next.entries()) {
            const dies = zk.multis + (index === 0 ? one : two)
            zk.faults.set(dies, how)
            // Nothing is heard of the ensemble any more, so this run ends.
            const open = () => (zk.multis > dies ? Promise.reject(new Error('dead')) : zk.open())
            await seed({ open }, tree, { allowShrink: true }).catch(() => undefined)
          }
          zk.faults.clear()
          const want = next[1]!
          // A dead run's transaction that comes only now makes it the faster one of two writers, or a writer of its own.
          const again = () => seed(zk, want, { allowShrink: true })
          await again().catch(again).catch(again)
          zk.thaw()
          await again()
          holds(zk, want, {}, ours)
          // Nothing is left but what a kept generation needs.
          const all = new Set(trees.flatMap((tree) => [...tree.manifest.objects.keys()]))
          for (const path of stored(zk)) expect(all).toContain(path.slice(path.lastIndexOf('/') + 1))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('case 32: a tree of one transaction is old or new at every moment, whatever is lost', async () => {
    const [old, want] = [treeOf({ a: '1', b: '1', c: '1' }), treeOf({ a: '2', b: '2', d: '2' })]
    for (const first of ['lost', 'unheard', 1, 2, 4, 8, 16] as const)
      for (const second of ['lost', 'unheard', 1, 2, 4, 8, 16] as const) {
        const zk = fakeEnsemble()
        await seed(zk, old)
        zk.onCommit = () => expect([expected(old), expected(want)]).toContainEqual(zk.tree())
        zk.faults.set(1, first).set(2, second)
        await seed(zk, want)
        zk.thaw()
        expect(zk.tree()).toEqual(expected(want))
        expect(headOf(zk).generation).toBe(2)
      }
  })

  test('case 32: a first seed whose reply is lost is resolved, too, when its request comes later', async () => {
    for (const late of [1, 3, 5, 7, 9, 12, 20]) {
      const zk = fakeEnsemble()
      zk.faults.set(0, late)
      await seed(zk, treeOf({ a: '1' }))
      zk.thaw()
      expect(zk.tree()).toEqual({ '/dman/config': '', '/dman/config/a': '1' })
      expect(headOf(zk).generation).toBe(1)
    }
  })

  test('case 32: what a dead run still had under way comes before the take-over is planned, or never', async () => {
    const large = treeOf(Object.fromEntries(['a', 'b', 'c', 'd'].map((key) => [key, key.repeat(2000)])), {
      limit: small,
    })
    for (let late = 1; late < 40; late++) {
      const zk = fakeEnsemble()
      zk.faults.set(4, late)
      const open = () => (zk.multis > 4 ? Promise.reject(new Error('dead')) : zk.open())
      await failuresFrom(() => seed({ open }, large))
      zk.faults.clear()
      await seed(zk, treeOf({}), { allowShrink: true })
      zk.thaw()
      expect(zk.tree(), `${late} calls later`).toEqual({ '/dman/config': '' })
    }
  })

  test('case 31: who comes between a refused write and the next plan wins as well', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '1' }))
    zk.beforeMulti = (count) => {
      if (count === 1) zk.put('/dman/config/a', 'edited')
    }
    const session = await zk.open()
    const children = session.children.bind(session)
    let looks = 0
    session.children = async (path) => {
      if (++looks === 2) await seed(zk, treeOf({ a: 'theirs' }))
      return children(path)
    }
    const [failure] = await failuresFrom(() => seed({ open: () => Promise.resolve(session) }, treeOf({ a: 'ours' })))
    expect(failure?.got).toContain('changed meanwhile: generation 2')
    expect(zk.text('/dman/config/a')).toBe('theirs')
  })

  test('case 32: success is proved by our run in HEAD, without another write', async () => {
    const zk = fakeEnsemble()
    zk.faults.set(0, 'unheard')
    await seed(zk, treeOf({ a: '1' }))
    expect(zk.multis).toBe(1)
  })

  test('case 31: of writers at once each is either applied or told; nothing interleaves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(files, { minLength: 2, maxLength: 3 }),
        fc.constantFrom(small, 1_048_575),
        fc.infiniteStream(fc.nat(7)),
        async (wishes, limit, ticks) => {
          const pause = async () => {
            for (let left = Number(ticks.next().value); left > 0; left--) await Promise.resolve()
          }
          const zk = fakeEnsemble(pause)
          const trees = wishes.map((each) => treeOf(each, { limit }))
          const ends = await Promise.allSettled(
            trees.map((tree, index) =>
              seed(zk, tree, { allowShrink: true, note: note({ run: `w${index}`, who: `writer ${index}` }) }),
            ),
          )
          const { run, generation, applying } = headOf(zk)
          expect(applying).toBeNull()
          const winner = Number(run.slice(1))
          expect(ends[winner]?.status).toBe('fulfilled')
          expect(generation).toBeGreaterThan(0)
          expect(zk.tree()).toEqual(expected(trees[winner]!))
          for (const end of ends)
            if (end.status === 'rejected') expect(String(end.reason)).toContain('changed meanwhile')
        },
      ),
      { numRuns: 200 },
    )
  })

  test.each([
    ['an error', new Error('away')],
    ['a closed port', new DialRefused({ step: 'open a session', got: 'refused', hint: '' })],
    ['no member that serves', new Failure({ step: 'open a session', got: 'no member serves', hint: '' })],
  ])('an ensemble that stays away after a lost write is told as unknown, after many tries: %s', async (_, why) => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ a: '1' }))
    zk.faults.set(1, 'unheard')
    let away = 0
    const open = () => {
      if (zk.multis < 2) return zk.open()
      away++
      return Promise.reject(why)
    }
    const [failure] = await failuresFrom(() => seed({ open }, treeOf({ a: '2' })))
    expect(away).toBeGreaterThan(20)
    expect(failure?.got).toContain('unknown')
    expect(failure?.hint).toContain('run it again')
  })
})
