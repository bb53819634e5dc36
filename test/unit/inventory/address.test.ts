import { expect, test } from 'vitest'
import { addressProblem, canonicalAddress, isLoopback, parseHop } from '../../../src/inventory/address.ts'

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

test('two spellings of one address are alike', () => {
  expect(canonicalAddress('FD00:0:0::01')).toBe('fd00::1')
  expect(canonicalAddress('Zk1.Example.net.')).toBe('zk1.example.net')
})

test('loopback', () => {
  expect(['127.0.0.1', '127.77.0.3', 'localhost', '0:0::1'].every(isLoopback)).toBe(true)
  expect(['10.127.0.1', 'localhost.example', '::2'].some(isLoopback)).toBe(false)
})

test('hops in their parts', () => {
  expect(parseHop('ops@gate:2022')).toEqual({ user: 'ops', host: 'gate', port: 2022 })
  expect(parseHop('gate')).toEqual({ host: 'gate' })
  expect(parseHop('ops@[fd00::1]:22')).toEqual({ user: 'ops', host: 'fd00::1', port: 22 })
  expect(['', '@gate', 'a@b@c', 'gate:0', 'gate:99999', 'fd00::1', '[gate]', 'a b'].map(parseHop)).toEqual(
    Array.from({ length: 8 }),
  )
})
