import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adler32, scanLog } from '../../../src/zookeeper/txn-log.ts'
import { header, transaction } from './log-bytes.ts'

const scanned = (log: Buffer, piece = log.length) => {
  const scan = scanLog()
  for (let at = 0; at < log.length; at += piece) scan.push(log.subarray(at, at + piece))
  return scan.extent
}

test('Adler-32 is that of RFC 1950', () => {
  expect(adler32(Buffer.from('Wikipedia'))).toBe(0x11e60398)
  expect(adler32(Buffer.alloc(0))).toBe(1)
  expect(adler32(Buffer.alloc(100_000, 0xff))).toBe(0x149a302c)
})

describe('a log', () => {
  const whole = Buffer.concat([header, transaction(0x100000001n), transaction(0x100000002n, Buffer.from('more'))])

  test('ends with its last whole transaction: padding and what is half written do not count', () => {
    const extent = { bytes: whole.length, transactions: 2, first: '0000000100000001', last: '0000000100000002' }
    expect(scanned(whole)).toEqual(extent)
    expect(scanned(Buffer.concat([whole, Buffer.alloc(5000)]))).toEqual(extent)
    const next = transaction(0x100000003n)
    for (let cut = 0; cut < next.length; cut += 1)
      expect(scanned(Buffer.concat([whole, next.subarray(0, cut), Buffer.alloc(100)])), `${cut}`).toEqual(extent)
  })

  test('a transaction that was read while it was written ends it, whatever stands behind', () => {
    const torn = transaction(0x100000003n, Buffer.alloc(100, 7))
    torn.fill(0, 40, 60)
    expect(scanned(Buffer.concat([whole, torn, transaction(0x100000004n)]))).toMatchObject({ bytes: whole.length })
  })

  test('without a whole transaction takes no bytes', () => {
    for (const log of [
      Buffer.alloc(0),
      header,
      Buffer.alloc(1000),
      header.subarray(0, 7),
      Buffer.from('no log at all, none'),
    ])
      expect(scanned(log)).toEqual({ bytes: 0, transactions: 0, first: undefined, last: undefined })
  })

  test('is the same in pieces of any size', () => {
    const padded = Buffer.concat([whole, Buffer.alloc(300)])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        expect(scanned(padded, size)).toEqual(scanned(padded))
      }),
    )
  })

  test('says when no more is needed', () => {
    const scan = scanLog()
    expect(scan.push(whole)).toBe(true)
    expect(scan.push(Buffer.alloc(64))).toBe(false)
    expect(scan.push(transaction(0x100000003n))).toBe(false)
    expect(scan.extent.transactions).toBe(2)
  })
})
