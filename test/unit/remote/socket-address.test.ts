import { describe, expect, it } from 'vitest'
import { addressIn } from '../../../src/remote/socket-address.ts'

describe('addressIn', () => {
  it.each([
    ['0100007F', '127.0.0.1'],
    ['00000000', '0.0.0.0'],
    ['0B00000A', '10.0.0.11'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000001000000', '::1'],
    ['0000000000000000FFFF00000100007F', '127.0.0.1'],
    ['B80D0120000000000000000001000000', '2001:db8::1'],
    ['000080FE00000000FFDD01020400FEFF', 'fe80::201:ddff:fffe:4'],
    ['B80D0120010000000000010001000000', '2001:db8:0:1:1::1'],
  ])('%s is %s', (hex, address) => {
    expect(addressIn(hex)).toBe(address)
  })
})
