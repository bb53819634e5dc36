import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Fault, Key, Keys, KeyValue } from './key.ts'

/** What an alias may grow a file to. */
const most = 250_000
/** Nodes and merged pairs looked at: aliases and merges can lead to many without a single value. */
const mostLooks = 1_000_000

interface Reading {
  /** what each alias stands for; it has none where nothing of its name is before it */
  readonly aliases: ReadonlyMap<Alias, Node>
  readonly lineOf: (node: Node | null) => number
  readonly keys: Key[]
  readonly faults: Fault[]
  /** the pairs of each mapping that was looked at: merged by many it is read once */
  readonly pairs: Map<YAMLMap, Pairs>
  looks: number
}

type Pairs = ReadonlyMap<string, Pair>

/**
 * The values of one YAML 1.2 document, a mapping: as written where they stand without quotes, so `1.10`, `0x1f`, `yes` and `2001-01-01`
 * stay what they are; without their quotes and indentation else; nothing for null. Anchors and merge keys are resolved.
 */
export function readYaml(text: string): Keys {
  try {
    return readMapping(text)
  } catch (error) {
    // the parser goes down as deep as the text does
    if (!(error instanceof RangeError)) throw error
    return { keys: [], faults: [{ line: 1, what: 'nested too deeply' }] }
  }
}

function readMapping(text: string): Keys {
  const lines = new LineCounter()
  const at = (offset: number): number => Math.max(lines.linePos(offset).line, 1)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].map(({ pos: [offset], code, message }) => ({
    line: at(offset),
    what: code === 'DUPLICATE_KEY' ? 'a key is given twice' : `not YAML: ${message.split('\n')[0] ?? message}`,
  }))
  if (faults.length > 0) return { keys: [], faults }
  const { contents } = document
  const reading = {
    aliases: resolved(document),
    lineOf: (node: Node | null) => at(node?.range?.[0] ?? 0),
    keys: [],
    faults,
    pairs: new Map(),
    looks: 0,
  }
  if (contents === null || (isScalar(contents) && contents.value === null)) return { keys: [], faults }
  if (!isMap(contents)) return { keys: [], faults: [{ line: reading.lineOf(contents), what: 'its top is no mapping' }] }
  readMap(reading, contents, [], [])
  return reading
}

/** In one walk: the library itself would walk once more for each alias. */
function resolved(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliases = new Map<Alias, Node>()
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const named = anchors.get(node.source)
        if (named !== undefined) aliases.set(node, named)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return aliases
}

/** Counts one more look; true where that is more than any honest file needs, which is told once. */
function isTooMuch(reading: Reading, node: Node | null): boolean {
  if (reading.keys.length > most || reading.looks > mostLooks) return true
  if (++reading.looks <= mostLooks) return false
  reading.faults.push({ line: reading.lineOf(node), what: 'its aliases or merges lead to too much' })
  return true
}

function follow(reading: Reading, node: Node | null): Node | null {
  if (!isAlias(node)) return node
  const named = reading.aliases.get(node)
  if (named === undefined)
    reading.faults.push({ line: reading.lineOf(node), what: `\`*${node.source}\` stands for nothing` })
  return named ?? null
}

const tags = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`)
const hasStrangeTag = (node: Node): boolean => node.tag !== undefined && node.tag !== '!' && !tags.includes(node.tag)

function readNode(reading: Reading, from: Node | null, steps: Key['steps'], above: readonly Node[]): void {
  if (isTooMuch(reading, from)) return
  const node = follow(reading, from)
  // the text of a block begins in the line behind its header
  const line = reading.lineOf(from) + (isBlock(node) && node === from ? 1 : 0)
  const refuse = (what: string): unknown => reading.faults.push({ line, what })
  const put: Put = (text, value, isPlain = false) => {
    if (reading.keys.push({ steps, text, value, line, ...(isPlain ? { isPlain } : {}) }) > most)
      refuse(`more than ${most} values`)
  }
  if (node === null) put('', null)
  else if (hasStrangeTag(node)) refuse(`the tag ${node.tag ?? ''} is not known`)
  else if (above.includes(node)) refuse('an alias leads into itself')
  else if (isMap(node)) readMap(reading, node, steps, above, put)
  else if (isSeq(node)) {
    if (node.items.length === 0) put('', [])
    for (const [index, item] of node.items.entries())
      readNode(reading, item as Node, [...steps, index], [...above, node])
  } else if (isScalar(node)) readScalar(node, put)
}

const isBlock = (node: Node | null): boolean =>
  isScalar(node) && (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL')

function readScalar({ value, type, source }: Scalar, put: Put): void {
  const text = type !== 'PLAIN' && typeof value === 'string' ? value : (source ?? String(value))
  if (value === null) put('', null)
  else put(text, typeof value === 'number' || typeof value === 'boolean' ? value : text, type === 'PLAIN')
}

type Put = (text: string, value: KeyValue, isPlain?: boolean) => void

function readMap(reading: Reading, map: YAMLMap, steps: Key['steps'], above: readonly Node[], put?: Put): void {
  const pairs = pairsOf(reading, map, [...above, map])
  if (pairs.size === 0) put?.('', {})
  for (const [name, { value }] of pairs) readNode(reading, value as Node | null, [...steps, name], [...above, map])
}

/** The pairs of a mapping by name; its own go before those that it merges, and earlier merged ones before later ones. */
function pairsOf(reading: Reading, map: YAMLMap, above: readonly Node[]): Pairs {
  const known = reading.pairs.get(map)
  if (known !== undefined) return known
  const found = new Map<string, Pair>()
  const merges: Pair[] = []
  for (const pair of map.items) {
    const name = nameOf(reading, pair.key as Node | null)
    if (name === undefined) continue
    const isMerge = name === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN'
    if (isMerge) merges.push(pair)
    else if (found.has(name))
      reading.faults.push({ line: reading.lineOf(pair.key as Node), what: `\`${name}\` is given twice` })
    else found.set(name, pair)
  }
  for (const merge of merges) mergeInto(found, reading, merge, above)
  reading.pairs.set(map, found)
  return found
}

function mergeInto(found: Map<string, Pair>, reading: Reading, { key, value }: Pair, above: readonly Node[]): void {
  const node = follow(reading, value as Node | null)
  for (const from of isSeq(node) ? node.items : [node]) {
    const merged = follow(reading, from as Node | null)
    const line = reading.lineOf(key as Node)
    if (!isMap(merged)) reading.faults.push({ line, what: 'only mappings can be merged' })
    else if (above.includes(merged)) reading.faults.push({ line, what: 'a mapping merges itself' })
    else
      for (const [name, pair] of pairsOf(reading, merged, [...above, merged]))
        if (isTooMuch(reading, key as Node)) return
        else if (!found.has(name)) found.set(name, pair)
  }
}

/** A key as written; undefined once it was refused. */
function nameOf(reading: Reading, key: Node | null): string | undefined {
  const node = follow(reading, key)
  const name = isScalar(node) ? (node.type === 'PLAIN' ? node.source : node.value) : undefined
  if (typeof name === 'string' && name !== '') return name
  reading.faults.push({ line: reading.lineOf(key), what: name === '' ? 'an empty key' : 'a key must be a plain word' })
  return undefined
}
