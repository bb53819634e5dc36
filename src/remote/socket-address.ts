/**
 * An address as /proc/net/tcp and tcp6 have it, in usual words: 32-bit words in hex, each with its bytes in the order of a
 * little-endian machine, as all that we run on are.
 */
export function addressIn(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  )
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (isMapped) return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0))
  return shortened(groups.map((group) => group.toString(16)))
}

/** The longest run of two or more zero groups as `::`, the first of equals (RFC 5952). */
function shortened(groups: readonly string[]): string {
  const runs = groups.map((_, from) => {
    const end = groups.findIndex((group, at) => at >= from && group !== '0')
    return { from, length: (end === -1 ? groups.length : end) - from }
  })
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), { from: 0, length: 1 })
  if (longest.length < 2) return groups.join(':')
  return `${groups.slice(0, longest.from).join(':')}::${groups.slice(longest.from + longest.length).join(':')}`
}
