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

/**
 * `work` for each item, the results one by one in the order of the items; only so many are under way or waiting to be taken at once, by number
 * and by what they weigh together. One that is heavier than that goes alone.
 */
export async function* inOrder<T, R>(
  limit: { readonly count: number; readonly weight: number },
  items: Iterable<T>,
  weigh: (item: T) => number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const queue: { readonly result: Promise<R>; readonly weight: number }[] = []
  let total = 0
  const isFull = (more: number) => queue.length >= limit.count || total + more > limit.weight
  const take = (one: (typeof queue)[number]) => {
    total -= one.weight
    return one.result
  }
  for (const item of items) {
    const weight = weigh(item)
    for (let first = queue[0]; first !== undefined && isFull(weight); first = queue[0]) {
      queue.shift()
      yield await take(first)
    }
    const result = work(item)
    // Told where it is taken; until then, and where nobody takes any more, it is no unhandled one.
    result.catch(() => undefined)
    queue.push({ result, weight })
    total += weight
  }
  for (const one of queue) yield await take(one)
}
