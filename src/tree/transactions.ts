import { emptyTransaction, operationSize } from '../zookeeper/transaction.ts'
import type { Operation } from '../zookeeper/zookeeper.ts'

/**
 * Bytes of one transaction of a larger apply. A server holds the last 500 requests in its heap (ZKDatabase's committed log), each
 * several times over: with larger ones a big seed ends a server of 256 MB (seen with 256 KiB). So what comes in more than 500 small ones is sent in
 * these; less than that is the same to its heap in fewer and larger ones, and done sooner.
 */
const batchBytes = { small: 32 * 1024, large: 128 * 1024 }
const heldBytes = 500 * batchBytes.small

/** Whether the operations are within what one request may have. */
export function fits(operations: Iterable<Operation>, limit: number): boolean {
  let size = emptyTransaction
  // A large tree's are not all counted to see that.
  for (const operation of operations) if ((size += operationSize(operation)) > limit) return false
  return true
}

/** Whether they are small enough to be one of a larger apply's transactions. */
export const fitsBatch = (operations: readonly Operation[], limit: number): boolean =>
  fits(operations, Math.min(limit, batchBytes.small))

/**
 * Divides operations, in their order, into transactions that leave `room` bytes for one more operation each. An operation too
 * large for that is given a transaction of its own: whoever made it has seen to it that it fits.
 */
export function divide<T extends Operation>(
  operations: readonly T[],
  limit: number,
  room: number,
  sizeOf: (operation: T) => number = operationSize,
): T[][] {
  const sizes = operations.map(sizeOf)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const most = total > heldBytes ? batchBytes.small : batchBytes.large
  const budget = Math.min(limit, most) - emptyTransaction - room
  const batches: T[][] = []
  let left = 0
  for (const [index, operation] of operations.entries()) {
    const size = sizes[index] ?? 0
    const last = batches.at(-1)
    if (last === undefined || size > left) {
      batches.push([operation])
      left = budget - size
    } else {
      last.push(operation)
      left -= size
    }
  }
  return batches
}
