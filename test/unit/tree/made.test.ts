import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAsMade, type Made, withMade } from '../../../src/tree/made.ts'
import { seed, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const hex = (zxid: number): string => zxid.toString(16).padStart(16, '0')
const has = (made: Made, zxid: number) => isAsMade({ czxid: hex(zxid), aversion: 0 }, made)

test('ranges of zxids hold what was put in and nothing else, and those that touch are one', () => {
  const some = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
  fc.assert(
    fc.property(some, some, (first, second) => {
      const made = withMade(withMade([], first.map(hex)), second.map(hex))
      const all = new Set([...first, ...second])
      for (let zxid = 0; zxid < 64; zxid++) expect(has(made, zxid)).toBe(all.has(zxid))
      expect(made.length).toBe([...all].filter((zxid) => !all.has(zxid + 1)).length)
    }),
  )
})

test('of very many ranges the newest stay', () => {
  const made = withMade(
    [],
    Array.from({ length: 1000 }, (_, at) => hex(at * 2)),
  )
  expect(made.length).toBe(64)
  expect(has(made, 1998)).toBe(true)
  expect(has(made, 0)).toBe(false)
})

test('an ACL that was set since is no longer the one that was given', () => {
  const made = withMade([], [hex(7)])
  expect(isAsMade({ czxid: hex(7), aversion: 1 }, made)).toBe(false)
  expect(isAsMade({ czxid: hex(7), aversion: 0 }, made)).toBe(true)
})

test.each(['of its own', 'of a larger tree'])(
  'who made a znode anew, %s, with another ACL is found out',
  async (kind) => {
    const zk = fakeEnsemble()
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${index}`, 'x'.repeat(1000)]))
    const tree = treeOf(kind === 'of its own' ? { a: '1', b: '2' } : many)
    await seed(zk, tree)
    const path = [...tree.znodes.keys()].at(-1) ?? ''
    const text = zk.text(path) ?? ''
    zk.reads = 0
    await seed(zk, tree)
    expect(zk.reads).toBeLessThan(tree.znodes.size + 16)
    zk.remove(path)
    zk.put(path, text)
    const seeded = await seed(zk, tree)
    expect(seeded.changes).toMatchObject([{ kind: 'acl', path, drift: true }])
  },
)
