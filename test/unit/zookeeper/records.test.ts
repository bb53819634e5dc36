import fc from 'fast-check'
import type { Encodable } from 'node-zookeeper-client/lib/jute/index.js'
import jute from 'node-zookeeper-client/lib/jute/index.js'
import { expect, test } from 'vitest'
import { aclBytes, read, wireAcl } from '../../../src/zookeeper/records.ts'
import type { Acl } from '../../../src/zookeeper/zookeeper.ts'

// What is read and written by hand is held against the library's records.

const bytesOf = (record: Encodable): Buffer => {
  const bytes = Buffer.alloc(record.byteLength())
  record.serialize(bytes, 0)
  return bytes
}

const acl: fc.Arbitrary<Acl> = fc.record({
  scheme: fc.string(),
  id: fc.string({ unit: 'grapheme' }),
  perms: fc.constantFrom('', 'r', 'cr', 'crwa', 'cdrwa'),
})
const int = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const long = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n })
const stat = fc.record({ longs: fc.tuple(long, long, long, long, long), ints: fc.tuple(int, int, int, int, int) })

const statBytes = ({ longs, ints }: { longs: bigint[]; ints: number[] }): Buffer => {
  const long = longs.map((value) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(value)
    return bytes
  })
  const [version, cversion, aversion, length, children] = ints
  return bytesOf(
    new jute.data.Stat(...long.slice(0, 4), version, cversion, aversion, long[4], length, children, long[0]),
  )
}

test('a stat is read as it was written', () => {
  fc.assert(
    fc.property(stat, (each) => {
      const hex = each.longs.map((value) => value.toString(16).padStart(16, '0'))
      const [version, , aversion, dataLength, numChildren] = each.ints
      expect(read.stat(statBytes(each))).toEqual({
        ...{ czxid: hex[0], mzxid: hex[1], ephemeralOwner: hex[4] },
        ...{ version, aversion, dataLength, numChildren },
      })
    }),
  )
  expect(read.stat(Buffer.alloc(68, 0xff)).version).toBe(-1)
})

test('data is read as it was written, and is a copy', () => {
  fc.assert(
    fc.property(fc.option(fc.uint8Array()), stat, (bytes, of) => {
      const data = bytes === null ? null : Buffer.from(bytes)
      const length = Buffer.alloc(4)
      length.writeInt32BE(data?.length ?? -1)
      const body = Buffer.concat([length, data ?? Buffer.alloc(0), statBytes(of)])
      const got = read.data(body)
      body.fill(0xee)
      expect(got).toEqual({ data: data ?? Buffer.alloc(0), isNull: data === null, stat: read.stat(statBytes(of)) })
    }),
  )
})

test('an ACL is written as the library does, and read as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.array(acl), { minLength: 1 }), stat, (acls, of) => {
      for (const each of [...acls, ...acls]) {
        const body = bytesOf(new jute.protocol.GetACLResponse(wireAcl(each), null))
        const own = body.subarray(0, -68)
        expect(aclBytes(each)).toEqual(own)
        expect(read.acl(Buffer.concat([own, statBytes(of)])).acl).toEqual(each)
      }
    }),
  )
})

const one = aclBytes([{ scheme: 'world', id: 'anyone', perms: 'r' }])
const count = (value: number): Buffer => {
  const bytes = Buffer.from(one)
  bytes.writeInt32BE(value)
  return bytes
}
test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['a stat alone', Buffer.alloc(68)],
  ['a stat alone, and too little before it', Buffer.alloc(71)],
  ['an entry more than is counted', Buffer.concat([count(0), Buffer.alloc(68)])],
  ['an entry less than is counted', Buffer.concat([count(2), Buffer.alloc(68)])],
  ['a text that ends behind the answer', Buffer.concat([one.subarray(0, 8), Buffer.alloc(70, 0x7f)])],
  ['a stat cut short', Buffer.concat([one, Buffer.alloc(67)])],
])('no ACL: %s', (_, body) => {
  expect(() => read.acl(body)).toThrow(RangeError)
})

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['a length below null', Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xfe]), Buffer.alloc(68)])],
  ['a length behind the end', Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(68)])],
  ['a byte too many', Buffer.alloc(73)],
])('no data: %s', (_, body) => {
  expect(() => read.data(body)).toThrow(RangeError)
})
