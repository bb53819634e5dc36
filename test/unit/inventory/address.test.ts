import { expect, test } from 'vitest'
import { addressProblem, isLoopback } from '../../../src/inventory/address.ts'

test.each([
  '10.0.0.1',
  '127.77.0.1',
  'fd00::1',
  '2001:db8::2:1',
  'zk1',
  'zk1.example.net',
  'ZK1.example.net.',
  '1host',
])('%s is an address', (text) => expect(addressProblem(text)).toBeUndefined())
test.each(['10.0.0', '1.2.3.4.5', '0.0.0.0', '239.0.0.1', '::', 'ff02::1', 'fe80::1%eth0', 'a b', 'a_b', '-a', '1:2:3', 'h:22', 'http://x', ''])(
  '%j is none',
  (text) => expect(addressProblem(text)).toMatch(/\S/),
) // prettier-ignore

test('loopback', () => {
  expect(['127.0.0.1', '127.77.0.3', 'localhost', '0:0::1'].every(isLoopback)).toBe(true)
  expect(['10.127.0.1', 'localhost.example', '::2'].some(isLoopback)).toBe(false)
})
