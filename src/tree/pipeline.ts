import { ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Operation, ZooKeeper } from '../zookeeper/zookeeper.ts'
import type { Edit } from './plan/change.ts'

/** So many transactions under way: the server is never idle, and little is lost track of when the connection is. */
const underWay = 32

interface Watch {
  /** what goes before a batch, in its transaction */
  readonly prepare: (batch: readonly Edit[]) => Promise<Operation[]>
  readonly before: () => void
  readonly after: (count: number) => void
}

/**
 * Applies batches, each in a transaction that begins with the check. A session keeps the order of its requests, so parents are there before
 * their children without being waited for. Resolves to the zxids of those that made a znode.
 */
export async function pipeline(
  zk: ZooKeeper,
  check: Operation,
  batches: readonly Edit[][],
  watch?: Watch,
): Promise<string[]> {
  const queue = batches.values()
  const failed: unknown[] = []
  const made: string[] = []
  let turn = Promise.resolve()
  const worker = async (): Promise<void> => {
    for (const batch of queue) {
      if (failed.length > 0) return
      const mine = turn
      let pass = (): void => undefined
      turn = new Promise<void>((resolve) => (pass = resolve))
      try {
        const prepared = (await watch?.prepare(batch)) ?? []
        await mine
        if (failed.length > 0) return
        watch?.before()
        const answer = zk.multi([check, ...prepared, ...batch])
        pass()
        const zxid = await answer
        if (zxid !== null) made.push(zxid)
        watch?.after(batch.length)
      } catch (error) {
        failed.push(error)
      } finally {
        pass()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(underWay, batches.length) }, worker))
  throwWorst(failed)
  return made
}

/** Where any outcome is unknown, HEAD has to be fenced, whatever the others say. */
export function throwWorst(failed: readonly unknown[]): void {
  if (failed.length > 0) throw failed.find(isLost) ?? failed[0]
}

// Of these it is certain that nothing was written; whatever else comes may have been, or may still be.
const refusals = [
  'BAD_VERSION',
  'NO_NODE',
  'NODE_EXISTS',
  'NOT_EMPTY',
  'NO_AUTH',
  'INVALID_ACL',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'QUOTA_EXCEEDED',
  'BAD_ARGUMENTS',
  'REQUEST_TOO_LARGE',
]

/** Whether a write may have been applied, or may still be. */
export const isLost = (error: unknown): boolean => error instanceof ZooKeeperError && !refusals.includes(error.code)

/** Whether a write was refused because what it was planned from is no longer so. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ZooKeeperError && refusals.slice(0, 4).includes(error.code)
