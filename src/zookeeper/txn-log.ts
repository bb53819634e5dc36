/** What the transactions of one log are, and how much of its file they take. */
export interface LogExtent {
  /** bytes from the start of the file to the end of the last whole transaction; 0 where there is none */
  readonly bytes: number
  readonly transactions: number
  /** 16 hex digits; undefined where there is no whole transaction */
  readonly first: string | undefined
  readonly last: string | undefined
}

/** Reads a transaction log as it comes, in pieces of any size. */
export interface LogScan {
  /** false once the log has ended: what comes after that is padding, or was being written while it was read */
  push(piece: Buffer): boolean
  readonly extent: LogExtent
}

/** magic `ZKLG`, version, database id */
const headerSize = 16
/** checksum and length, before each transaction; behind it stands `B` */
const leadSize = 12
/** a transaction begins with the session (8 bytes) and the cxid (4) */
const zxidAt = 12
/** of a transaction; beyond it the length is taken for damage. jute.maxbuffer may be set to a lot more than its 1 MiB. */
const longest = 1 << 30

/**
 * Follows FileTxnLog of ZooKeeper: the file's header, then transactions, each with its Adler-32, its length and an end mark; an
 * empty one is the padding that a log is allocated with. A log that is read while it is written may break off in any byte of its
 * end: all transactions before that are whole, and those that count are known by their zxid.
 */
export function scanLog(): LogScan {
  let held: Buffer = Buffer.alloc(0)
  let state: 'begin' | 'transactions' | 'over' = 'begin'
  const seen = { bytes: headerSize, transactions: 0, first: '', last: '' }
  const step = (): boolean => {
    const size = state === 'begin' ? headerIn(held) : transactionIn(held)
    if (size === 'more') return false
    if (size === 'none') {
      state = 'over'
      return false
    }
    if (state === 'transactions') {
      seen.last = held.subarray(leadSize + zxidAt, leadSize + zxidAt + 8).toString('hex')
      seen.first = seen.transactions === 0 ? seen.last : seen.first
      seen.transactions += 1
      seen.bytes += size
    }
    state = 'transactions'
    held = held.subarray(size)
    return true
  }
  return {
    push(piece) {
      held = held.length === 0 ? piece : Buffer.concat([held, piece])
      while (state !== 'over' && step());
      if (state === 'over') held = Buffer.alloc(0)
      return state !== 'over'
    },
    get extent() {
      const { bytes, transactions, first, last } = seen
      return transactions === 0
        ? { bytes: 0, transactions, first: undefined, last: undefined }
        : { bytes, transactions, first, last }
    },
  }
}

function headerIn(bytes: Buffer): number | 'more' | 'none' {
  if (bytes.length < headerSize) return 'more'
  return bytes.toString('latin1', 0, 4) === 'ZKLG' ? headerSize : 'none'
}

/** The size of the transaction that `bytes` begin with, all around it included. */
function transactionIn(bytes: Buffer): number | 'more' | 'none' {
  if (bytes.length < leadSize) return 'more'
  const size = bytes.readInt32BE(8)
  if (size < zxidAt + 8 || size > longest) return 'none'
  const end = leadSize + size
  if (bytes.length < end + 1) return 'more'
  const isWhole = bytes[end] === 0x42 && BigInt(adler32(bytes.subarray(leadSize, end))) === bytes.readBigInt64BE(0)
  return isWhole ? end + 1 : 'none'
}

/** As java.util.zip.Adler32 has it (RFC 1950). */
export function adler32(bytes: Buffer): number {
  let [low, high] = [1, 0]
  for (let from = 0; from < bytes.length;) {
    // so many bytes can be added before either sum has to be brought below 65521 again
    const to = Math.min(from + 5552, bytes.length)
    for (; from < to; from += 1) {
      low += bytes[from] ?? 0
      high += low
    }
    low %= 65_521
    high %= 65_521
  }
  return high * 65_536 + low
}
