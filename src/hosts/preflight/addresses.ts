/** One way to write an address: IPv6 in its shortest form without a zone, an IPv4 one mapped into IPv6 as IPv4. */
export function canonical(address: string): string {
  const bare = address
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .toLowerCase()
  if (!bare.includes(':')) return bare
  try {
    const short = new URL(`http://[${bare}]/`).hostname.slice(1, -1)
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
    if (mapped === null) return short
    return [mapped[1], mapped[2]]
      .map((half) => Number.parseInt(half ?? '0', 16))
      .flatMap((half) => [half >> 8, half & 255])
      .join('.')
  } catch {
    return bare
  }
}

const isWildcard = (address: string): boolean => ['0.0.0.0', '::', '*'].includes(canonical(address))
const isNumeric = (address: string): boolean => address.includes(':') || /^\d+(\.\d+){3}$/.test(address)

/**
 * Whether a socket that listens on `listening` keeps a server from listening on `wanted`, same port: 'maybe' where `wanted` is a
 * name, of which only the host knows the address.
 */
export function addressesClash(wanted: string, listening: string): 'yes' | 'no' | 'maybe' {
  if (isWildcard(listening)) return 'yes'
  if (!isNumeric(wanted)) return 'maybe'
  return canonical(wanted) === canonical(listening) ? 'yes' : 'no'
}
