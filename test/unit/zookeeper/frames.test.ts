import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameCutter } from '../../../src/zookeeper/frames.ts'
import { framed } from './fake.ts'

test('packets are the same however the bytes were cut', () => {
  const packets = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)))
  fc.assert(
    fc.property(packets, fc.infiniteStream(fc.integer({ min: 1, max: 60 })), (sent, sizes) => {
      const bytes = Buffer.concat(sent.map(framed))
      const cut = frameCutter()
      const got: Buffer[] = []
      for (let at = 0; at < bytes.length;) {
        const size = sizes.next().value as number
        got.push(...cut(bytes.subarray(at, at + size)))
        at += size
      }
      expect(got).toEqual(sent)
    }),
  )
})

test('a length that cannot be one is refused', () => {
  expect(() => frameCutter()(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError)
  expect(() => frameCutter()(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow(RangeError)
})
