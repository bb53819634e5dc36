/** At least one pattern matches, and none that is negated. */
export function listed(patterns: readonly string[], text: string): boolean {
  const hit = (pattern: string) => globMatches(pattern, text)
  return (
    !patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1))) &&
    patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern))
  )
}

/** `*` any run of characters, `?` one character, all else itself. Linear in both lengths but for one level of backtracking. */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
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
