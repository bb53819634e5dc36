/**
 * `work` for each item, at most `limit` side by side; the results in the order of the items. Rejects as soon as one does, like
 * Promise.all: work that must not be left running behind a failure does not reject.
 */
export async function sideBySide<T, R>(limit: number, items: Iterable<T>, work: (item: T) => Promise<R>): Promise<R[]> {
  const list = [...items]
  const results: R[] = []
  const queue = list.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, list.length) }, worker))
  return results
}
