import type { Key } from './key.ts'

/** One znode as one folder of a source has it. */
export interface Layered {
  /** path below the tree's, '' for the tree's own */
  readonly below: string
  readonly data: Buffer
  /** absolute path of the file or folder that says so */
  readonly file: string
  /** which of the source's folders, from 0 */
  readonly layer: number
  /** it is only a folder: data that another layer gives it stays */
  readonly isFolder?: true
  /** where it came from in a file of keys; `stem` is that file's path without its ending */
  readonly key?: Key & { readonly stem: string }
}

export const placeOf = ({ file, key }: Pick<Layered, 'file' | 'key'>): string =>
  key === undefined ? file : `${file}:${key.line}`

/** What of the layers counts, and what it took the place of, nearest first. */
export interface Merged {
  readonly entries: readonly Layered[]
  readonly overridden: ReadonlyMap<string, readonly Layered[]>
}

/** The first two places that give one znode its data in the same layer. */
export type Clash = (first: Layered, second: Layered) => void

/**
 * Lays later layers over earlier ones, path by path, parents first. A folder without data of its own leaves what is there; a list that a later
 * layer has, or whose key it gives another value, is replaced as a whole. Clashes within a layer are told.
 */
export function merge(layers: readonly (readonly Layered[])[], clash: Clash): Merged {
  const overridden = new Map<string, Layered[]>()
  let all = new Map<string, Layered>()
  for (const [index, layer] of layers.entries()) {
    const own = oneEach(layer, clash)
    if (index === 0) all = own
    else {
      for (const entry of replacedLists(all, own)) {
        all.delete(entry.below)
        note(overridden, entry)
      }
      for (const entry of own.values()) {
        const before = all.get(entry.below)
        if (before !== undefined && entry.isFolder === true) continue
        if (before !== undefined && before.isFolder !== true) note(overridden, before)
        all.set(entry.below, entry)
      }
    }
  }
  return { entries: withParents(all), overridden }
}

const note = (overridden: Map<string, Layered[]>, entry: Layered): void =>
  void overridden.set(entry.below, [entry, ...(overridden.get(entry.below) ?? [])])

function oneEach(layer: readonly Layered[], clash: Clash): Map<string, Layered> {
  const own = new Map<string, Layered>()
  for (const entry of layer) {
    const before = own.get(entry.below)
    if (before === undefined || before.isFolder === true) own.set(entry.below, entry)
    else if (entry.isFolder !== true) clash(before, entry)
  }
  return own
}

/** Of a key's path `a/b[0]/c[1]` the paths that its lists have: `a/b`, `a/b[0]/c`. */
const listsOf = ({ below, key }: Layered): readonly string[] =>
  key?.steps.some((step) => typeof step === 'number') === true
    ? Array.from(below.matchAll(/\[\d+\]/g), ({ index }) => below.slice(0, index))
    : []

function replacedLists(earlier: ReadonlyMap<string, Layered>, later: ReadonlyMap<string, Layered>): Layered[] {
  const lists = new Set([...later.values()].flatMap(listsOf))
  const given = (path: string): boolean => lists.has(path) || (later.get(path) ?? folder).isFolder !== true
  return [...earlier.values()].filter(
    (entry) => listsOf(entry).some(given) || (entry.isFolder !== true && lists.has(entry.below)),
  )
}

const folder = { isFolder: true } as const

/** Every parent is there, before its children. */
function withParents(all: ReadonlyMap<string, Layered>): Layered[] {
  const entries = new Map<string, Layered>()
  for (const entry of all.values()) {
    const missing = [entry]
    for (let below = entry.below; below !== '';) {
      below = below.slice(0, Math.max(below.lastIndexOf('/'), 0))
      if (entries.has(below)) break
      const { file, layer } = entry
      missing.push(all.get(below) ?? { below, data: nothing, file, layer, isFolder: true })
    }
    for (const one of missing.reverse()) if (!entries.has(one.below)) entries.set(one.below, one)
  }
  return [...entries.values()]
}

const nothing = Buffer.alloc(0)
