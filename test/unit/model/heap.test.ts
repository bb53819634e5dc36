import { expect, test } from 'vitest'
import { heapBytes } from '../../../src/model/heap.ts'

test('a heap in bytes', () => {
  expect([heapBytes('512m'), heapBytes('2G'), heapBytes('65536k')]).toEqual([2 ** 29, 2 ** 31, 2 ** 26])
})
