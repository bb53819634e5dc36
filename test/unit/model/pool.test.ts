import { expect, test } from 'vitest'
import { sideBySide } from '../../../src/model/pool.ts'

test('results come in the order of the items, and never more than the limit are under way', async () => {
  let [now, most] = [0, 0]
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++now)
    for (let turn = 0; turn < 5 - n; turn++) await Promise.resolve()
    now--
    return n * 10
  }
  expect(await sideBySide(2, new Set([1, 2, 3, 4]), work)).toEqual([10, 20, 30, 40])
  expect(most).toBe(2)
  expect(await sideBySide(2, [], work)).toEqual([])
})

test('rejects with the first failure', async () => {
  const work = (n: number) => (n === 2 ? Promise.reject(new Error('two')) : Promise.resolve(n))
  await expect(sideBySide(3, [1, 2, 3], work)).rejects.toThrow('two')
})
