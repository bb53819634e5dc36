import fc from 'fast-check'
import { expect, test } from 'vitest'
import { op, packet } from '../../../src/zookeeper/packets.ts'
import {
  emptyTransaction,
  encodedSize,
  operationSize,
  readTransaction,
  transactionBody,
} from '../../../src/zookeeper/transaction.ts'
import type { Operation } from '../../../src/zookeeper/zookeeper.ts'

const path = fc.string({ unit: 'grapheme' })
const data = fc.uint8Array().map((bytes) => Buffer.from(bytes))
const version = fc.integer({ min: -1, max: 0x7fffffff })
const acl = fc.array(
  fc.record({ scheme: fc.string(), id: fc.string({ unit: 'grapheme' }), perms: fc.constantFrom('r', 'cdrwa', '') }),
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), path, data, acl }),
  fc.record({ do: fc.constant('set' as const), path, data, version }),
  fc.record({ do: fc.constant('delete' as const), path, version }),
  fc.record({ do: fc.constant('check' as const), path, version }),
)

test('the size told is the size sent, without the four bytes of length', () => {
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const bytes = packet(1, op.multi, transactionBody(operations))
      expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
      expect(encodedSize(operations)).toBe(bytes.length - 4)
      expect(encodedSize(operations)).toBe(
        operations.reduce((size, each) => size + operationSize(each), emptyTransaction),
      )
    }),
  )
})

test('a transaction goes over the wire as the protocol has it', () => {
  const bytes = transactionBody([
    { do: 'create', path: '/a', data: Buffer.from('x'), acl: [{ scheme: 'world', id: 'anyone', perms: 'ra' }] },
    { do: 'set', path: '/b', data: Buffer.alloc(0), version: 0 },
    { do: 'delete', path: '/c', version: 0 },
    { do: 'check', path: '/d', version: 7 },
  ])
  const sent = Buffer.alloc(bytes.byteLength())
  expect(bytes.serialize(sent, 0)).toBe(sent.length)
  const text = (string: string) =>
    `${string.length.toString(16).padStart(8, '0')}${Buffer.from(string).toString('hex')}`
  const header = (type: string) => `${type}00ffffffff`
  const expected = [
    header('0000000f') + text('/a') + text('x') + '00000001' + '00000011' + text('world') + text('anyone') + '00000000',
    header('00000005') + text('/b') + '00000000' + '00000000',
    header('00000002') + text('/c') + '00000000',
    header('0000000d') + text('/d') + '00000007',
    'ffffffff01ffffffff',
  ]
  expect(sent.toString('hex')).toBe(expected.join(''))
})

test('data that was never set goes as null, of the same size as empty data', () => {
  const create = { do: 'create', path: '/a', data: Buffer.alloc(0), acl: [] } as const
  const written = (operation: Operation) => {
    const body = transactionBody([operation])
    const bytes = Buffer.alloc(body.byteLength())
    expect(body.serialize(bytes, 0)).toBe(bytes.length)
    return bytes.toString('hex')
  }
  expect(written({ ...create, isNull: true })).toBe(written(create).replace('2f6100000000', '2f61ffffffff'))
})

const header = (type: string, done = '00') => `${type}${done}ffffffff`
const stat = '11'.repeat(68)
const created = `${header('00000001')}000000022f61`
const answer = (...results: string[]) => Buffer.from([...results, header('ffffffff', '01')].join(''), 'hex')
const zxidOnly = '0000000000000001'
const failed = (code: string) => `${header('ffffffff')}${code}`

test('the answer to a transaction that was applied', () => {
  const results = [created, `${header('00000005')}${stat}`, header('00000002'), header('0000000d')]
  expect(readTransaction(answer(...results), 4)).toEqual({ failed: null, zxid: null })
  expect(readTransaction(answer(), 0)).toEqual({ failed: null, zxid: null })
})

test('the zxid of a transaction is told by the first znode that it makes', () => {
  const zxid = '00000003000000ff'
  const first = `${header('0000000f')}000000022f61${zxid}${'11'.repeat(60)}`
  expect(readTransaction(answer(header('0000000d'), first, created), 3)).toEqual({ failed: null, zxid })
})

test('the answer to one that was not: the first that failed, and why', () => {
  const results = ['00000000', 'ffffff99', 'fffffffe'].map(failed)
  expect(readTransaction(answer(...results), 3)).toEqual({ failed: { index: 1, code: -103 }, zxid: null })
})

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['no end', Buffer.from(created, 'hex')],
  ['too few results', answer()],
  ['too many results', answer(created, created)],
  ['a Stat cut short', answer(`${header('0000000f')}000000022f61${zxidOnly}`)],
  ['a result cut short', answer(header('00000005'))],
  ['a path that ends behind the answer', answer(`${header('00000001')}7fffffff`)],
  ['a result of no known kind', answer(header('00000063'))],
  ['bytes behind the end', Buffer.concat([answer(created), Buffer.alloc(1)])],
])('no answer to a transaction: %s', (_, body) => {
  expect(() => readTransaction(body, 1)).toThrow(RangeError)
})
