import { expect, test } from 'vitest'
import type { Tree } from '../../../src/tree/desired.ts'
import { expected, headOf, seed, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble, type Fault } from './fake-zookeeper.ts'
import { holds } from './holds.ts'

const dman = 'digest:dman:cdrwa'
const small = { limit: 2500 }
const values = (text: string) => Object.fromEntries(['a', 'b', 'c/d'].map((name) => [name, text.repeat(1200)]))
const acls = [{ pattern: 'c/**', acl: [dman, 'sasl:app:r'] }]

/** What is there, what is seeded, and what is seeded by whoever comes after it. */
const stories: readonly (readonly [string, Tree, Tree, Tree])[] = [
  [
    'one transaction',
    treeOf({ a: '1', b: '1', gone: '1' }),
    treeOf({ a: '2', b: '1', 'c/d': '2' }),
    treeOf({ a: '3', b: '1' }),
  ],
  [
    'several transactions',
    treeOf({ ...values('1'), 'gone/e': '1' }, small),
    treeOf({ ...values('2'), f: '2'.repeat(1500) }, small),
    treeOf({ ...values('3'), g: '3' }, small),
  ],
  [
    'ACLs that open and shut, one generation kept',
    treeOf({ a: '1', 'c/d': '1' }, { acl: [dman], history: 1 }),
    treeOf({ a: '2', 'c/d': '2' }, { acls, root: 'closed', history: 1 }),
    treeOf({ a: '3', 'c/d': '3' }, { acl: [dman], root: 'closed', history: 1 }),
  ],
]
/** The last: once all is over. */
const fates: readonly Fault[] = ['lost', 'unheard', 1, 2, 5, 12, 30, 10_000]

/** Who follows HEAD has a whole tree wherever nothing is being applied; `isOne`: so has who does not. */
function watch(zk: FakeEnsemble, trees: readonly Tree[], isOne: boolean): void {
  const look = () => {
    const { root, applying } = headOf(zk)
    const now = trees.find(({ manifest }) => manifest.root === root)
    expect(now, `HEAD has a root that nobody wrote: ${root}`).toBeDefined()
    if (now !== undefined && applying === null) expect(zk.tree()).toEqual(expected(now))
    if (isOne) expect(trees.map(expected)).toContainEqual(zk.tree())
  }
  zk.onCommit = look
  zk.onAcl = look
}

for (const [title, old, want, other] of stories) {
  const begun = async () => {
    const zk = fakeEnsemble()
    await seed(zk, old)
    return { zk, before: zk.multis }
  }
  test(`case 32: of ${title} each write is lost, unheard or late, and the run goes on or dies: a rerun completes it`, async () => {
    const clean = await begun()
    await seed(clean.zk, want)
    const writes = clean.zk.multis - clean.before
    const isOne = title === 'one transaction'
    expect(writes).toBeGreaterThan(isOne ? 0 : 4)
    for (let at = 0; at < writes; at++)
      for (const fate of fates)
        for (const dies of [false, true]) {
          const { zk, before } = await begun()
          watch(zk, [old, want, other], isOne)
          const due = before + at
          zk.faults.set(due, fate)
          const open = () => (dies && zk.multis > due ? Promise.reject(new Error('dead')) : zk.open())
          const end = await seed({ open }, want).catch(() => 'dead')
          expect(zk.multis, 'it came').toBeGreaterThan(due)
          if (!dies) expect(end).not.toBe('dead')
          const last = dies ? other : want
          const again = () => seed(zk, last, { allowShrink: true })
          // What of the dead run comes now makes it the faster one of two writers.
          await again().catch(again)
          zk.thaw()
          await again()
          holds(zk, last)
          expect((await again()).changes).toEqual([])
        }
  })
}
