import { adler32 } from '../../../src/zookeeper/txn-log.ts'

/** What a transaction log begins with: magic, version, database id. */
export const header = Buffer.from('5a4b4c4700000002ffffffffffffffff', 'hex')

/** A transaction as FileTxnLog writes it: checksum, length, session, cxid, zxid, time, type and more, end mark. */
export function transaction(zxid: bigint, more = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.alloc(32), more])
  body.writeBigInt64BE(zxid, 12)
  const lead = Buffer.alloc(12)
  lead.writeBigInt64BE(BigInt(adler32(body)))
  lead.writeInt32BE(body.length, 8)
  return Buffer.concat([lead, body, Buffer.from('B')])
}

/** A log with these transactions. */
export const logOf = (...zxids: readonly bigint[]): Buffer =>
  Buffer.concat([header, ...zxids.map((zxid) => transaction(zxid))])
