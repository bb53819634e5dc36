import { emptyTransaction, encodedSize, operationSize } from '../zookeeper/transaction.ts'
import type { Operation } from '../zookeeper/zookeeper.ts'

/** Bytes of one transaction of a larger apply: so many that the pipeline stays full, so few that others get their turn. */
const batchBytes = 256 * 1024

/** Whether the operations are within what one request may have. */
export const fits = (operations: readonly Operation[], limit: number): boolean => encodedSize(operations) <= limit

/**
 * Divides operations, in their order, into transactions that leave `room` bytes for one more operation each. An operation too
 * large for that is given a transaction of its own: whoever made it has seen to it that it fits.
 */
export function divide(operations: readonly Operation[], limit: number, room: number): Operation[][] {
  const budget = Math.min(limit, batchBytes) - emptyTransaction - room
  const batches: Operation[][] = []
  let left = 0
  for (const operation of operations) {
    const size = operationSize(operation)
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
