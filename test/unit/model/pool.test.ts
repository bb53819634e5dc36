import { describe, expect, test } from 'vitest'
import { inOrder, sideBySide } from '../../../src/model/pool.ts'

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

describe('in order, one by one', () => {
  const collected = async <T>(all: AsyncIterable<T>) => {
    const items: T[] = []
    for await (const item of all) items.push(item)
    return items
  }

  test('what comes late holds up the rest, and neither number nor weight is ever exceeded, but by one alone', async () => {
    let [count, weight] = [0, 0]
    const seen: string[] = []
    const work = async (n: number): Promise<number> => {
      count++
      weight += n
      seen.push(`${count} ${weight}`)
      for (let turn = 0; turn < 10 - n; turn++) await Promise.resolve()
      return n
    }
    const read = inOrder({ count: 3, weight: 10 }, [1, 2, 3, 4, 5, 20, 1], (n) => n, work)
    const out: number[] = []
    for await (const n of read) {
      out.push(n)
      count--
      weight -= n
    }
    expect(out).toEqual([1, 2, 3, 4, 5, 20, 1])
    expect(seen).toEqual(['1 1', '2 3', '3 6', '3 9', '2 9', '1 20', '1 1'])
  })

  test('rejects with the failure where it is due, and leaves none unhandled once nobody takes any more', async () => {
    const work = (n: number) => (n > 1 ? Promise.reject(new Error(`at ${n}`)) : Promise.resolve(n))
    const read = inOrder({ count: 5, weight: 5 }, [1, 2, 3], () => 1, work)
    expect(await read.next()).toMatchObject({ value: 1 })
    await expect(collected(read)).rejects.toThrow('at 2')
    await new Promise(setImmediate)
  })
})
