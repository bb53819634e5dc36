/** At least one pattern matches, and none that is negated. */
export function listed(patterns: readonly string[], text: string): boolean {
  const hit = (pattern: string) => globMatches(pattern, text)
  return (
    !patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1))) &&
    patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern))
  )
}

/** One character of a pattern, or any run of them. */
type Unit = '*' | ((letter: string) => boolean)

const unitOf = (letter: string): Unit =>
  letter === '*' ? '*' : letter === '?' ? () => true : (given) => given === letter

/** `*` any run of characters, `?` one character, all else itself. */
export const globMatches = (pattern: string, text: string): boolean => matches(pattern.split('').map(unitOf), text)

const special = /\\([^])|\[([!^]?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]|[^]/g

/** As globMatches, with what glob(7) has besides: `[a-z]`, `[!a]`, `[[:digit:]]`, and a backslash before a character that stands for itself. */
export function fileMatches(pattern: string, name: string): boolean {
  const units = [...pattern.matchAll(special)].map(([all, quoted, not, list]): Unit => {
    if (quoted !== undefined) return (letter) => letter === quoted
    if (list === undefined) return unitOf(all)
    const has = listOf(list)
    return (letter) => has(letter) === (not === '')
  })
  return matches(units, name)
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
}

/** What stands between brackets: characters, ranges of them, named classes. */
function listOf(list: string): (letter: string) => boolean {
  const parts = [...list.matchAll(/\[:([a-z]+):\]|([^])-([^])|[^]/g)]
  return (letter) =>
    parts.some(([all, name, from, to]) =>
      name !== undefined
        ? classes[name]?.test(letter) === true
        : from !== undefined && to !== undefined
          ? from <= letter && letter <= to
          : all === letter,
    )
}

/** Linear in both lengths but for one level of backtracking. */
function matches(pattern: readonly Unit[], text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    const unit = pattern[p]
    if (unit === '*') {
      star = p++
      resume = t
    } else if (unit?.(text[t] ?? '') === true) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
