import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seed, treeOf } from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

/** An ensemble whose round trips are counted: what is asked while one is under way comes back with it. */
function distant() {
  let trips = 0
  let way: Promise<void> | undefined
  const travel = () =>
    (way ??= setImmediate().then(() => {
      way = undefined
      trips++
    }))
  const zk = fakeEnsemble(travel)
  const during = async (work: () => Promise<unknown>) => {
    const before = trips
    await work()
    return trips - before
  }
  return { zk, during }
}

const many = (value: string) => Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`k${at}`, value]))

test('a tree is read in one round trip, and what was not made by us in one more', async () => {
  const { zk, during } = distant()
  await seed(zk, treeOf(many('1')))
  expect(await during(() => seed(zk, treeOf(many('1'))))).toBe(1)
  for (const path of zk.znodes.keys()) zk.grant(path, ...treeOf({}).ownAcl)
  expect(await during(() => seed(zk, treeOf(many('1'))))).toBe(2)
})

test('transactions of a larger apply do not wait for each other', async () => {
  const { zk, during } = distant()
  const tree = treeOf(many('x'.repeat(900)), { limit: 2500 })
  expect(await during(() => seed(zk, tree))).toBeLessThan(25)
  expect(zk.multis).toBeGreaterThan(200)
})
