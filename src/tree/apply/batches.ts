import type { Operation, ZooKeeper } from '../../zookeeper/zookeeper.ts'
import type { Edit } from '../plan/change.ts'
import { throwWorst } from './outcome.ts'

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
export async function applyBatches(
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
