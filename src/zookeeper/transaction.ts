import type { Encodable } from 'node-zookeeper-client/lib/jute/index.js'
import { aclBytes, exact, statAt, statSize } from './records.ts'
import { endOf, exactly, putByte, putBytes, putInt, putText } from './wire.ts'
import type { Operation } from './zookeeper.ts'

/**
 * The largest request, in bytes, that a server takes unless its `jute.maxbuffer` says otherwise: 0xfffff. It closes the
 * connection on a larger one (readLength in NIOServerCnxn, receiveMessage in NettyServerCnxn).
 */
export const requestLimit = 1_048_575

/**
 * The size of a multi's request as the server counts it against its limit: header, operations and end mark, without the four
 * bytes of length that go before them.
 */
export const encodedSize = (operations: readonly Operation[]): number =>
  operations.reduce((size, operation) => size + operationSize(operation), emptyTransaction)

/** What `encodedSize` of no operations is: the request's header (8) and the end mark (9). */
export const emptyTransaction = 17

/** What one operation adds to `encodedSize`. */
export function operationSize(operation: Operation): number {
  const head = multiHeader + 4 + Buffer.byteLength(operation.path) + 4
  switch (operation.do) {
    case 'create':
      return head + 4 + operation.data.length + aclBytes(operation.acl).length
    case 'set':
      return head + 4 + operation.data.length
    case 'delete':
    case 'check':
      return head
  }
}

const multiHeader = 9

const typeOf = { create: 1, delete: 2, set: 5, check: 13 } as const
/** The same as `create`, but that the server answers with the znode's Stat. Since 3.5. */
const creating = 15
const ending = -1
const failing = -1

const putHeader = (into: Buffer, at: number, type: number, done: 0 | 1): number =>
  putInt(into, putByte(into, putInt(into, at, type), done), -1)

// node-zookeeper-client's own Transaction turns version 0 into -1, which is no check at all; here versions go as they are.
function put(into: Buffer, offset: number, operation: Operation, type: number = typeOf[operation.do]): number {
  const at = putText(into, putHeader(into, offset, type, 0), operation.path)
  switch (operation.do) {
    case 'create': {
      const behind = operation.isNull === true ? putInt(into, at, -1) : putBytes(into, at, operation.data)
      // Flags: neither ephemeral nor sequential.
      return putInt(into, behind + aclBytes(operation.acl).copy(into, behind), 0)
    }
    case 'set':
      return putInt(into, putBytes(into, at, operation.data), exact(operation.version))
    case 'delete':
    case 'check':
      return putInt(into, at, exact(operation.version))
  }
}

/**
 * The body of a multi's request; of the first znode that it makes the answer tells the Stat, and so the transaction's zxid. Its writing
 * throws BAD_ARGUMENTS for a version that can't be sent, its making for an ACL.
 */
export function transactionBody(operations: readonly Operation[]): Encodable {
  const size = encodedSize(operations) - 8
  const first = operations.find((operation) => operation.do === 'create')
  return {
    byteLength: () => size,
    serialize: (into, offset) =>
      putHeader(
        into,
        operations.reduce(
          (at, operation) => put(into, at, operation, operation === first ? creating : undefined),
          offset,
        ),
        ending,
        1,
      ) - offset,
  }
}

/** What became of a transaction: its zxid where it made a znode; where it was not applied, the first operation that failed and its error code. */
export interface Outcome {
  readonly failed: { readonly code: number; readonly index: number } | null
  readonly zxid: string | null
}

export function readTransaction(body: Buffer, operations: number): Outcome {
  let failed: Outcome['failed'] = null
  let zxid: string | null = null
  let at = 0
  let results = 0
  for (; body.readUInt8(at + 4) === 0; results += 1) {
    const type = body.readInt32BE(at)
    at += multiHeader
    // Those before the failed one come as errors too, with code 0; those after it as RUNTIME_INCONSISTENCY.
    const code = type === failing ? body.readInt32BE(at) : 0
    if (code !== 0) failed ??= { code, index: results }
    if (type === creating) zxid ??= statAt(body, endOf(body, at)).czxid
    at = endOfResult(body, at, type)
  }
  exactly(body, at + multiHeader)
  if (results !== operations) throw new RangeError(`an answer of ${results} results to ${operations} operations`)
  return { failed, zxid }
}

function endOfResult(body: Buffer, at: number, type: number): number {
  switch (type) {
    case failing:
      return at + 4
    case typeOf.create:
      return endOf(body, at)
    case creating:
      return endOf(body, at) + statSize
    case typeOf.set:
      return at + statSize
    case typeOf.delete:
    case typeOf.check:
      return at
    default:
      throw new RangeError(`a result of type ${type}`)
  }
}
