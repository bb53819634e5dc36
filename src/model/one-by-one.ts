/** Does work of one key one after the other, in the order it was asked for, whatever became of what was before; of several keys side by side. */
export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** One that nothing was asked of yet. */
export function makeOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, mine)
    return mine
  }
}
