import { describe, expect, it } from 'vitest'
import { addressesClash } from '../../../../src/hosts/preflight/addresses.ts'

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '0.0.0.0', 'yes'],
    ['10.0.0.1', '::', 'yes'],
    ['10.0.0.1', '10.0.0.1', 'yes'],
    ['10.0.0.1', '::ffff:10.0.0.1', 'yes'],
    ['10.0.0.1', '127.0.0.1', 'no'],
    ['fe80::1', 'FE80:0:0:0:0:0:0:1', 'yes'],
    ['fe80::1', '::1', 'no'],
    ['zk1.example.net', '10.0.0.1', 'maybe'],
    ['zk1.example.net', '0.0.0.0', 'yes'],
  ])('%s and a socket on %s: %s', (wanted, listening, clash) => expect(addressesClash(wanted, listening)).toBe(clash))
})
