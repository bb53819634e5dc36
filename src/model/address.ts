import { isIP } from 'node:net'

/** RFC 1123, at most 253 characters. */
export const isHostname = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i.test(text)

/** What may be a host by a name of ~/.ssh/config's own; digits and dots alone are a mistyped address. */
export const isAlias = (text: string): boolean =>
  !/^[\d.]+$/.test(text) && (isHostname(text) || /^[a-z0-9_][\w.-]{0,252}$/i.test(text))

/**
 * One spelling for each address, so that two can be compared: IPv6 in its shortest form without brackets and zone (Java prints
 * it in full), an IPv4 address mapped into IPv6 as IPv4, names in small letters. What is no address comes back in small letters.
 */
export function canonicalAddress(text: string): string {
  const bare = text
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (isIP(bare) !== 6) return bare
  const short = new URL(`http://[${bare}]/`).hostname.slice(1, -1)
  const [, ...halves] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (halves.length === 0) return short
  return halves.flatMap((half) => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 255]).join('.')
}

/** The address as it stands before a port: IPv6 in brackets. */
const inBrackets = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** `address:port`, an IPv6 address in brackets. */
export const hostPort = (address: string, port: number): string => `${inBrackets(address)}:${port}`

/** `[user@]host[:port]` in its parts, an IPv6 address in brackets; undefined where it is something else. */
export function parseHop(text: string): { user?: string; host: string; port?: number } | undefined {
  const parts = /^(?:([^@\s:]+)@)?(?:\[([0-9a-fA-F:.]+)\]|([^@\s:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return undefined
  const [, user, bracketed, name, digits] = parts
  const host = bracketed ?? name ?? ''
  const port = digits === undefined ? undefined : Number(digits)
  if (bracketed === undefined ? isIP(host) === 0 && !isAlias(host) : isIP(host) !== 6) return undefined
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
}
