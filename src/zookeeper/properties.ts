import { type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'

/**
 * Reads Java's properties format as `java.util.Properties.load` does: continued lines, comments, `=`, `:` or white space between key and
 * value, escapes. Of a key that occurs twice the last value counts. Unknown where Java would refuse the text (a malformed \u escape).
 */
export function parseProperties(text: string): Fact<ReadonlyMap<string, string>> {
  const entries = new Map<string, string>()
  for (const { key, value, line } of propertyEntries(text)) {
    if (value === undefined) return unknown(malformed(line))
    entries.set(key, value)
  }
  return present(entries)
}

/** An entry as Java reads it, and the line it begins in, from 1; without a value where Java would refuse it. */
export interface PropertyEntry {
  readonly key: string
  readonly value?: string
  readonly line: number
}

/** All entries of the text in their order, also those with the same key. */
export const propertyEntries = (text: string): PropertyEntry[] =>
  logicalLines(text).map(({ text: logical, line }) => {
    const [whole = '', rawKey = ''] = /^((?:\\[^]|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*/.exec(logical) ?? []
    const key = unescaped(rawKey)
    const value = unescaped(logical.slice(whole.length))
    return key === undefined || value === undefined ? { key: rawKey, line } : { key, value, line }
  })

interface LogicalLine {
  readonly text: string
  readonly line: number
}

/** Lines as Java sees them: without comments and blank ones, those that end in an odd number of backslashes joined with the next. */
function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let open: LogicalLine | undefined
  for (const [index, natural] of text
    .replace(/(?<!\r)\n$|\r$/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const bare = natural.replace(/^[ \t\f]+/, '')
    // What continues nothing but white space begins a line of its own, and may be a comment.
    if ((open?.text ?? '') === '' && /^([#!]|$)/.test(bare)) {
      open = undefined
      continue
    }
    const joined: LogicalLine = { text: (open?.text ?? '') + bare, line: open?.line ?? index + 1 }
    const continued = /(?<!\\)(\\\\)*\\$/.test(bare)
    open = continued ? { ...joined, text: joined.text.slice(0, -1) } : undefined
    if (!continued) lines.push(joined)
  }
  if (open !== undefined) lines.push(open)
  return lines
}

const controls = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
])

/** Undefined for a \u without four hex digits. */
function unescaped(text: string): string | undefined {
  if (/(?<!\\)(\\\\)*\\u(?![0-9a-fA-F]{4})/.test(text)) return undefined
  return text.replace(/\\(u([0-9a-fA-F]{4})|[^]|$)/g, (_, escaped: string, code?: string) =>
    code === undefined ? (controls.get(escaped) ?? escaped) : String.fromCharCode(parseInt(code, 16)),
  )
}

const malformed = (line: number): Failure =>
  new Failure({
    step: 'read properties',
    got: `a malformed \\u escape in line ${line}`,
    hint: 'write \\u and four hex digits, or a double backslash for one that stands for itself',
  })

const letters = new Map(Array.from(controls, ([letter, control]) => [control, letter]))

/**
 * A value as it stands behind `key=`, so that Java reads it back exactly; ASCII only, with as few escapes as that needs: ZooKeeper
 * rewrites its copy of zoo.cfg without any, so those that are not needed would add up there.
 */
export const propertyValue = (text: string): string =>
  text
    .replace(/[\\\0-\x1f\x7f-\uffff]/g, (char) => {
      const letter = char === '\\' ? '\\' : letters.get(char)
      return `\\${letter ?? `u${char.charCodeAt(0).toString(16).padStart(4, '0')}`}`
    })
    .replace(/^ /, '\\ ')
