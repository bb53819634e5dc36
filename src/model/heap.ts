const units: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Bytes of a heap such as `512m`, with the units that the inventory takes: k, m, g. */
export const heapBytes = (heap: string): number =>
  Number.parseInt(heap, 10) * (units[heap.slice(-1).toLowerCase()] ?? 1)
