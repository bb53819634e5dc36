import { expect, test } from 'vitest'
import { canonicalAddress, hostPort, isAlias, parseHop } from '../../../src/model/address.ts'

test('two spellings of one address are alike', () => {
  expect(canonicalAddress('FD00:0:0::01')).toBe('fd00::1')
  expect(canonicalAddress('[2001:DB8:0::1]')).toBe('2001:db8::1')
  expect(canonicalAddress('2001:db8::1%eth0')).toBe('2001:db8::1')
  expect(canonicalAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(canonicalAddress('not:an:address')).toBe('not:an:address')
  expect(canonicalAddress('Zk1.Example.net.')).toBe('zk1.example.net')
})

test('an IPv6 address stands in brackets before a port', () =>
  expect([hostPort('fd00::1', 22), hostPort('10.0.0.1', 22)]).toEqual(['[fd00::1]:22', '10.0.0.1:22']))

test('hops in their parts', () => {
  expect(parseHop('ops@gate:2022')).toEqual({ user: 'ops', host: 'gate', port: 2022 })
  expect(parseHop('gate')).toEqual({ host: 'gate' })
  expect(parseHop('ops@[fd00::1]:22')).toEqual({ user: 'ops', host: 'fd00::1', port: 22 })
  expect(parseHop('my_gate')).toEqual({ host: 'my_gate' })
  expect(['10.0.0.256', '_', '-gate', 'a_b!'].map(isAlias)).toEqual([false, true, false, false])
  expect(['', '@gate', 'a@b@c', 'gate:0', 'gate:99999', 'fd00::1', '[gate]', 'a b'].map(parseHop)).toEqual(
    Array.from({ length: 8 }),
  )
})
