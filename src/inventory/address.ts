import { isIP, isIPv4, isIPv6 } from 'node:net'

/** Why `text` can be no member's address, in plain words; undefined where it can. */
export function addressProblem(text: string): string | undefined {
  if (/^\[.*\]$/.test(text)) return 'an IPv6 address stands here without brackets'
  if (/^[^:]+:\d+$/.test(text)) return 'an address stands here without a port; ports are set by `ports` and `ssh.port`'
  if (text.includes('%')) return 'an address with a zone means something else on every machine'
  if (isIPv4(text)) return ipv4Problem(text)
  if (isIPv6(text)) return /^(::|ff..:.*)$/i.test(canonicalAddress(text)) ? 'peers cannot connect to it' : undefined
  if (/^[\d.]+$/.test(text)) return 'it is not an IPv4 address'
  if (text.includes(':')) return 'it is not an IPv6 address'
  return isHostname(text) ? undefined : 'it is neither an IPv4 nor an IPv6 address nor a host name'
}

function ipv4Problem(text: string): string | undefined {
  const first = Number(text.split('.')[0])
  return first === 0 || first >= 224 ? 'peers cannot connect to it' : undefined
}

/** RFC 1123, at most 253 characters. */
export const isHostname = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i.test(text)

/** One spelling for each address, so that two entries can be compared. */
export function canonicalAddress(text: string): string {
  const lower = text.toLowerCase().replace(/\.$/, '')
  return isIP(lower) === 6 && !lower.includes('%') ? new URL(`http://[${lower}]/`).hostname.slice(1, -1) : lower
}

/** True for addresses that mean the machine itself, wherever they are used. */
export const isLoopback = (text: string): boolean => /^(127\.|localhost$|::1$)/.test(canonicalAddress(text))

/** `[user@]host[:port]` in its parts, an IPv6 address in brackets; undefined where it is something else. */
export function parseHop(text: string): { user?: string; host: string; port?: number } | undefined {
  const parts = /^(?:([^@\s:]+)@)?(?:\[([0-9a-fA-F:.]+)\]|([^@\s:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return undefined
  const [, user, bracketed, name, digits] = parts
  const host = bracketed ?? name ?? ''
  const port = digits === undefined ? undefined : Number(digits)
  if (bracketed === undefined ? isIP(host) === 0 && !isHostname(host) : isIP(host) !== 6) return undefined
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
}
