/** The edit distance of two words: inserted, deleted and changed letters, and swapped neighbours. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}

const plain = (word: string): string => word.toLowerCase().replace(/[-_. ]/g, '')

/** The word of `known` that `word` was most likely meant to be; undefined where none is near. Case and `-_.` count nothing. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = plain(word)
  let best: { word: string; far: number } | undefined
  for (const candidate of known) {
    const far = distance(wanted, plain(candidate))
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3))
    if (far <= limit && (best === undefined || far < best.far)) best = { word: candidate, far }
  }
  return best?.word
}
