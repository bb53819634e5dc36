import type { Encodable, Record } from 'node-zookeeper-client/lib/jute/index.js'
import jute from 'node-zookeeper-client/lib/jute/index.js'
import type { Secret } from '../model/secret.ts'
import { exactly, putInt } from './wire.ts'

/** The operations that we send; a further one needs its number here and a record. */
export const op = {
  delete: 2,
  exists: 3,
  get: 4,
  getAcl: 6,
  setAcl: 7,
  sync: 9,
  ping: 11,
  children: 12,
  multi: 14,
  reconfig: 16,
  close: -11,
}

/** Numbers of packets that are no answer to a call. */
export const special = { notification: -1, ping: -2, auth: -4 }

/** The first packet of a new session. The last byte says that we do not want a read-only server; without it the server logs a warning. */
export function connectPacket(sessionTimeout: number): Buffer {
  const none = Buffer.alloc(8)
  const request = new jute.protocol.ConnectRequest(0, none, sessionTimeout, none, Buffer.alloc(16))
  const packet = Buffer.concat([new jute.Request(null, request).toBuffer(), Buffer.from([0])])
  packet.writeInt32BE(packet.length - 4)
  return packet
}

export const authPacket = (scheme: string, auth: Secret): Buffer =>
  packet(special.auth, 100, new jute.protocol.AuthPacket(0, scheme, Buffer.from(auth.reveal())))

export const pingPacket = (): Buffer => packet(special.ping, op.ping, null)

/** One request as it goes over the wire, its length first. */
export function packet(xid: number, type: number, body: Encodable | null): Buffer {
  const size = 8 + (body?.byteLength() ?? 0)
  const bytes = Buffer.allocUnsafe(4 + size)
  const at = putInt(bytes, putInt(bytes, putInt(bytes, 0, size), xid), type)
  exactly(bytes, at + (body?.serialize(bytes, at) ?? 0))
  return bytes
}

/** The server's answer to the first packet. `timeout` in ms, 0 where it refuses the session. Throws on anything else. */
export function readGreeting(frame: Buffer): { sessionId: string; timeout: number } {
  // Up to 3.4 the last byte, read-only or not, is not there.
  if (frame.length < 20 || frame.length > 64 || frame.readInt32BE(0) !== 0)
    throw new RangeError('no greeting of ZooKeeper')
  const tail = frame.readInt32BE(16)
  if (tail < -1 || tail > frame.length - 20) throw new RangeError('no greeting of ZooKeeper')
  const greeting = new jute.protocol.ConnectResponse()
  greeting.deserialize(frame, 0)
  return { sessionId: greeting.sessionId.toString('hex'), timeout: Math.max(0, greeting.timeOut) }
}

/** An answer's number, its error code (0 is none) and the bytes behind them. Throws where the packet is too short for them. */
export function readReply(frame: Buffer): { xid: number; code: number; body: Buffer } {
  return { xid: frame.readInt32BE(0), code: frame.readInt32BE(12), body: frame.subarray(16) }
}

/** Fills `record` from the whole of `body`. Throws where `body` is not exactly one such record. */
export function fillRecord<R extends Record>(record: R, body: Buffer): R {
  exactly(body, record.deserialize(body, 0))
  return record
}
