import { type Fault, type Key, type Keys, valueOf } from './key.ts'

const head = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=[ \t]*/
const quotes: Readonly<Record<string, RegExp>> = {
  "'": /'([^']*)'[ \t]*(?:#[^\n]*)?(?=\n|$)/y,
  '"': /"((?:[^"\\]|\\[^])*)"[ \t]*(?:#[^\n]*)?(?=\n|$)/y,
}
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * The entries of a .env file, `NAME=VALUE` with or without `export`: between ' as it is, between " with \n \r \t and any other character behind
 * a backslash for itself, both over lines; else up to the line's end or ` #`. No name nests, and nothing is filled in.
 */
export function readEnv(source: string): Keys {
  const text = source.replace(/^\ufeff/, '').replaceAll('\r\n', '\n')
  const keys: Key[] = []
  const faults: Fault[] = []
  const names = new Set<string>()
  for (let at = 0, line = 1; at < text.length;) {
    const next = text.indexOf('\n', at)
    const whole = text.slice(at, next < 0 ? text.length : next)
    const [begin, name] = head.exec(whole) ?? []
    const found = begin === undefined ? undefined : valueAt(text, at + begin.length, whole.slice(begin.length))
    if (name !== undefined && found !== undefined) {
      if (names.has(name)) faults.push({ line, what: `\`${name}\` is given twice` })
      keys.push({ steps: [name], line, ...found.key })
      names.add(name)
    } else if (name !== undefined) faults.push({ line, what: 'a quote that is not closed, or more behind it' })
    else if (!/^\s*(#|$)/.test(whole)) faults.push({ line, what: 'it is not NAME=VALUE' })
    const end = Math.max(found?.end ?? 0, at + whole.length)
    line += text.slice(at, end + 1).split('\n').length - 1
    at = end + 1
  }
  return { keys, faults }
}

interface Found {
  readonly key: Pick<Key, 'text' | 'value' | 'isPlain'>
  readonly end: number
}

/** The value that begins at `at`, where the line goes on with `rest`; undefined where a quote is not closed. */
function valueAt(text: string, at: number, rest: string): Found | undefined {
  const quote = rest[0] ?? ''
  const quoted = Object.hasOwn(quotes, quote) ? quotes[quote] : undefined
  if (quoted === undefined) {
    const plain = rest.replace(/(^|[ \t])#.*$/, '').trim()
    return { key: { text: plain, value: valueOf(plain), isPlain: true }, end: at + rest.length }
  }
  quoted.lastIndex = at
  const [all, inner] = quoted.exec(text) ?? []
  if (all === undefined || inner === undefined) return undefined
  const value = quote === "'" ? inner : inner.replace(/\\([^])/g, (_, letter: string) => escapes[letter] ?? letter)
  return { key: { text: value, value }, end: at + all.length }
}
