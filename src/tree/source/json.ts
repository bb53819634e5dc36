import type { Fault, Key, Keys, KeyValue } from './key.ts'

/** Where the text is read, and what was found in it. */
interface Reading {
  readonly text: string
  at: number
  /** of `at`, from 1 */
  line: number
  readonly keys: Key[]
  readonly faults: Fault[]
}

class NotJson extends Error {}

/** The values of one JSON document, an object: strings as they are, numbers as written, nothing for null. */
export function readJson(text: string): Keys {
  const reading: Reading = { text: text.replace(/^\ufeff/, ''), at: 0, line: 1, keys: [], faults: [] }
  try {
    skip(reading)
    if (reading.text[reading.at] !== '{') throw new NotJson('its top is no object')
    readObject(reading, [])
    skip(reading)
    if (reading.at < reading.text.length) throw new NotJson('there is more behind its end')
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    return { keys: [], faults: [...reading.faults, { line: reading.line, what: `not JSON: ${error.message}` }] }
  }
  return reading
}

const tokens = {
  space: /[ \t\n\r]*/y,
  string: /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y,
  plain: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y,
} as const

function take(reading: Reading, token: RegExp): string | undefined {
  token.lastIndex = reading.at
  const found = token.exec(reading.text)?.[0]
  reading.at += found?.length ?? 0
  return found
}

/** White space, the only place where lines end. */
function skip(reading: Reading): void {
  reading.line += (take(reading, tokens.space) ?? '').split('\n').length - 1
}

function need(reading: Reading, ...characters: string[]): string {
  skip(reading)
  const found = reading.text[reading.at] ?? ''
  if (!characters.includes(found)) throw new NotJson(`${characters.join(' or ')} should be here`)
  reading.at++
  return found
}

function isEmpty(reading: Reading, end: string): boolean {
  skip(reading)
  if (reading.text[reading.at] !== end) return false
  reading.at++
  return true
}

/** Its top is no znode of its own. */
function put({ keys, line }: Reading, steps: Key['steps'], text: string, value: KeyValue): void {
  if (steps.length > 0) keys.push({ steps, text, value, line })
}

function readValue(reading: Reading, steps: Key['steps']): void {
  // so many levels need a small part of the stack
  if (steps.length > 1000) throw new NotJson('nested more than a thousand times')
  skip(reading)
  const begins = reading.text[reading.at]
  if (begins === '{') readObject(reading, steps)
  else if (begins === '[') readList(reading, steps)
  else {
    const string = readString(reading)
    const plain = string ?? take(reading, tokens.plain)
    if (plain === undefined) throw new NotJson('a value should be here')
    if (string === undefined) put(reading, steps, plain === 'null' ? '' : plain, JSON.parse(plain) as KeyValue)
    else put(reading, steps, string, string)
  }
}

function readObject(reading: Reading, steps: Key['steps']): void {
  need(reading, '{')
  if (isEmpty(reading, '}')) {
    put(reading, steps, '', {})
    return
  }
  const names = new Set<string>()
  do {
    skip(reading)
    const { line } = reading
    const name = readString(reading)
    if (name === undefined) throw new NotJson('a name in double quotes should be here')
    if (name === '') reading.faults.push({ line, what: 'an empty key' })
    if (names.has(name)) reading.faults.push({ line, what: `\`${name}\` is given twice` })
    names.add(name)
    need(reading, ':')
    readValue(reading, [...steps, name])
  } while (need(reading, ',', '}') === ',')
}

function readList(reading: Reading, steps: Key['steps']): void {
  need(reading, '[')
  if (isEmpty(reading, ']')) {
    put(reading, steps, '', [])
    return
  }
  let index = 0
  do readValue(reading, [...steps, index++])
  while (need(reading, ',', ']') === ',')
}

function readString(reading: Reading): string | undefined {
  const found = take(reading, tokens.string)
  return found === undefined ? undefined : (JSON.parse(found) as string)
}
