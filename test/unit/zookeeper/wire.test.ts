import fc from 'fast-check'
import jute from 'node-zookeeper-client/lib/jute/index.js'
import { expect, test } from 'vitest'
import { packet } from '../../../src/zookeeper/packets.ts'
import { pathBody } from '../../../src/zookeeper/wire.ts'

test('a request of a path goes over the wire as the library writes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (path, xid) => {
      const { RequestHeader, GetDataRequest, GetACLRequest } = jute.protocol
      const asLibrary = (type: number, body: InstanceType<typeof GetDataRequest>) =>
        new jute.Request(new RequestHeader(xid, type), body).toBuffer()
      expect(packet(xid, 4, pathBody(path, false))).toEqual(asLibrary(4, new GetDataRequest(path, false)))
      expect(packet(xid, 6, pathBody(path))).toEqual(asLibrary(6, new GetACLRequest(path)))
    }),
  )
})

test('a request without a body is its header alone', () => {
  expect(packet(-2, 11, null).toString('hex')).toBe('00000008fffffffe0000000b')
})
