import { canonicalAddress } from '../../model/address.ts'

const isWildcard = (address: string): boolean => ['0.0.0.0', '::', '*'].includes(canonicalAddress(address))
export const isNumeric = (address: string): boolean => address.includes(':') || /^\d+(\.\d+){3}$/.test(address)

/**
 * Whether a socket that listens on `listening` keeps a server from listening on `wanted`, same port: 'maybe' where `wanted` is a
 * name, of which only the host knows the address.
 */
export function addressesClash(wanted: string, listening: string): 'yes' | 'no' | 'maybe' {
  if (isWildcard(listening)) return 'yes'
  if (!isNumeric(wanted)) return 'maybe'
  return canonicalAddress(wanted) === canonicalAddress(listening) ? 'yes' : 'no'
}
