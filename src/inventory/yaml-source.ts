import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml'
import type { Path, Problem } from './problem.ts'

/** A YAML file whose parts know where they stand. `raw` is its value, empty values as undefined. */
export interface YamlSource {
  readonly raw: unknown
  /** `line:column`, both from 1 */
  readonly position: (problem: Pick<Problem, 'path' | 'at'>) => string
}

/** What is wrong with the file as YAML, where (`line:column`). `whole` is false where nothing can be said of the rest. */
export interface YamlFault {
  readonly position: string
  readonly what: string
}

/** Reads one YAML 1.2 document, with merge keys. Never throws; faults that leave the value in doubt come without a source. */
export function readYaml(text: string): { source?: YamlSource; faults: readonly YamlFault[] } {
  const lines = new LineCounter()
  const position = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
    const faults = [...document.errors, ...document.warnings].map((error) => ({
      position: position(error.pos[0]),
      what:
        error.code === 'DUPLICATE_KEY'
          ? `\`${wordAt(text, error.pos[0])}\` is given twice`
          : `not YAML: ${firstLine(error.message)}`,
    }))
    const parts = partFaults(document).map(({ offset, what }) => ({ position: position(offset), what }))
    faults.push(...parts)
    if (parts.length > 0 || document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { faults }
    const raw = withoutNulls(document.toJS())
    return { faults, source: { raw, position: ({ path, at }) => position(locate(document, path, at)) } }
  } catch (error) {
    const what = error instanceof Error ? firstLine(error.message) : String(error)
    return { faults: [{ position: '1:1', what: `not YAML that can be read: ${what}` }] }
  }
}

const wordAt = (text: string, offset: number): string => (/^[^:\n]{1,80}/.exec(text.slice(offset))?.[0] ?? '').trim()
const firstLine = (message: string): string => message.split('\n')[0] ?? message

// A list or mapping as key, and names that JavaScript's objects treat apart, would get lost on the way; of an alias that
// names nothing the library does not say where it stands.
function partFaults(document: Document): { offset: number; what: string }[] {
  const faults: { offset: number; what: string }[] = []
  visit(document, {
    Pair(_, { key }) {
      const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
      if (isScalar(key) && key.value === '__proto__') faults.push({ offset, what: 'unknown key `__proto__`' })
      if (!isScalar(key) && !isAlias(key)) faults.push({ offset, what: 'a key must be a plain word' })
    },
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      faults.push({
        offset: startOf(alias) ?? 0,
        what: `\`*${alias.source}\` stands for nothing: no \`&${alias.source}\` before it`,
      })
    },
  })
  return faults
}

/** An empty value is a value that was not given; the keys stay, so that unknown ones are still seen. */
function withoutNulls(value: unknown, seen = new Set<unknown>()): unknown {
  if (value === null) return undefined
  if (typeof value !== 'object' || seen.has(value)) return value
  seen.add(value)
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) holder[key] = withoutNulls(holder[key], seen)
  return value
}

/** Offset of the key or the value at `path`; of what is nearest above it where it is not there. */
function locate(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [index, part] of path.entries()) {
    const found = step(document, node, part)
    if (found === undefined) return offset
    const key = isPair(found) ? startOf(found.key) : undefined
    node = isPair(found) ? found.value : found
    const value = isEmpty(node) ? undefined : startOf(node)
    const wantsValue = at === 'value' && index === path.length - 1
    offset = (wantsValue ? (value ?? key) : (key ?? value)) ?? offset
  }
  return offset
}

const isEmpty = (node: unknown): boolean => isScalar(node) && node.value === null
const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

// the key of a merge is a symbol
const named = (key: unknown): string => {
  const name = isScalar(key) ? (key.value ?? '') : key
  return typeof name === 'symbol' ? (name.description ?? '') : String(name)
}

// A mapping may merge itself: `depth` ends that.
function step(document: Document, from: unknown, part: string | number, depth = 0): Pair | Node | undefined {
  if (depth > 20) return undefined
  const node = isAlias(from) ? from.resolve(document) : from
  if (isSeq(node)) {
    const item: unknown = node.items[Number(part)]
    return isNode(item) ? item : undefined
  }
  if (!isMap(node)) return undefined
  const own = node.items.findLast(({ key }) => named(key) === String(part))
  if (own !== undefined) return own
  for (const { key, value } of node.items) {
    if (named(key) !== '<<') continue
    const sources = isSeq(value) ? value.items : [value]
    for (const source of sources) {
      const merged = step(document, source, part, depth + 1)
      if (merged !== undefined) return merged
    }
  }
  return undefined
}
