import { isIPv4, isIPv6 } from 'node:net'
import { canonicalAddress, isHostname } from '../model/address.ts'

/** Why `text` can be no member's address, in plain words; undefined where it can. */
export function addressProblem(text: string): string | undefined {
  if (/^\[.*\]$/.test(text)) return 'an IPv6 address stands here without brackets'
  if (/^[^:]+:\d+$/.test(text)) return 'an address stands here without a port; ports are set by `ports` and `ssh.port`'
  if (text.includes('%')) return 'an address with a zone means something else on every machine'
  if (isIPv4(text)) return ipv4Problem(text)
  if (isIPv6(text)) return ipv6Problem(canonicalAddress(text))
  if (/^[\d.]+$/.test(text)) return 'it is not an IPv4 address'
  if (text.includes(':')) return 'it is not an IPv6 address'
  return isHostname(text) ? undefined : 'it is neither an IPv4 nor an IPv6 address nor a host name'
}

function ipv6Problem(canonical: string): string | undefined {
  if (isIPv4(canonical)) return `it is an IPv4 address written as IPv6: write ${canonical}`
  return /^(::|ff..:.*)$/i.test(canonical) ? 'peers cannot connect to it' : undefined
}

function ipv4Problem(text: string): string | undefined {
  const first = Number(text.split('.')[0])
  return first === 0 || first >= 224 ? 'peers cannot connect to it' : undefined
}

/** True for addresses that mean the machine itself, wherever they are used. */
export const isLoopback = (text: string): boolean => /^(127\.|localhost$|::1$)/.test(canonicalAddress(text))
