import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divide, fits } from '../../../src/tree/transactions.ts'
import { encodedSize, operationSize } from '../../../src/zookeeper/transaction.ts'
import type { Operation } from '../../../src/zookeeper/zookeeper.ts'

const check: Operation = { do: 'check', path: '/dman/meta/app/HEAD', version: 3 }

test('operations keep their order, and each transaction with its check of HEAD is within the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(900)), fc.integer({ min: 1000, max: 5000 }), (sizes, limit) => {
      const operations = sizes.map((size, index): Operation => ({
        do: 'set',
        path: `/${index}`,
        data: Buffer.alloc(size),
        version: 0,
      }))
      const batches = divide(operations, limit, operationSize(check))
      expect(batches.flat()).toEqual(operations)
      for (const batch of batches) expect(encodedSize([check, ...batch])).toBeLessThanOrEqual(limit)
      // No two neighbours would have gone together.
      for (const [index, batch] of batches.slice(1).entries())
        expect(encodedSize([check, ...(batches[index] ?? []), ...batch.slice(0, 1)])).toBeGreaterThan(limit)
    }),
  )
})

test('fits is exact to the byte', () => {
  expect(fits([check], encodedSize([check]))).toBe(true)
  expect(fits([check], encodedSize([check]) - 1)).toBe(false)
})
