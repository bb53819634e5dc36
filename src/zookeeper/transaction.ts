import jute from 'node-zookeeper-client/lib/jute/index.js'
import type { Encodable, Record } from 'node-zookeeper-client/lib/jute/index.js'
import { exact, wireAcl } from './records.ts'
import type { Acl, Operation } from './zookeeper.ts'

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
      return head + 4 + operation.data.length + aclSize(operation.acl)
    case 'set':
      return head + 4 + operation.data.length
    case 'delete':
    case 'check':
      return head
  }
}

const multiHeader = 9
const aclSize = (acl: readonly Acl[]): number =>
  acl.reduce((size, { scheme, id }) => size + 12 + Buffer.byteLength(scheme) + Buffer.byteLength(id), 4)

// node-zookeeper-client's own Transaction turns version 0 into -1, which is no check at all; here versions go as they are.
function recordOf(operation: Operation): { type: number; record: Record } {
  const { path } = operation
  switch (operation.do) {
    case 'create': {
      const record = new jute.protocol.CreateRequest()
      const data = operation.isNull === true ? undefined : operation.data
      return { type: 1, record: Object.assign(record, { path, data, acl: wireAcl(operation.acl) }) }
    }
    case 'set': {
      const record = new jute.protocol.SetDataRequest()
      return {
        type: 5,
        record: Object.assign(record, { path, data: operation.data, version: exact(operation.version) }),
      }
    }
    case 'delete':
      return { type: 2, record: new jute.protocol.DeleteRequest(path, exact(operation.version)) }
    case 'check':
      return { type: 13, record: new jute.protocol.CheckVersionRequest(path, exact(operation.version)) }
  }
}

/** The body of a multi's request. Throws BAD_ARGUMENTS for an ACL or a version that can't be sent. */
export function transactionBody(operations: readonly Operation[]): Encodable {
  const records = operations.flatMap((operation) => {
    const { type, record } = recordOf(operation)
    return [new jute.protocol.MultiHeader(type, false, -1), record]
  })
  records.push(new jute.protocol.MultiHeader(-1, true, -1))
  const size = encodedSize(operations) - 8
  return {
    byteLength: () => size,
    serialize: (into, offset) => records.reduce((at, record) => at + record.serialize(into, at), offset) - offset,
  }
}

/** Why a transaction was not applied: the first operation that failed and its error code. Null where all of it was applied. */
export function readTransaction(body: Buffer, operations: number): { code: number; index: number } | null {
  const response = new jute.TransactionResponse()
  const length = response.deserialize(body, 0)
  if (length !== body.length || response.results.length !== operations) {
    throw new RangeError(`an answer of ${response.results.length} results to ${operations} operations`)
  }
  // Those before the failed one come as errors too, with code 0; those after it as RUNTIME_INCONSISTENCY.
  const index = response.results.findIndex(({ err }) => err !== undefined && err !== 0)
  return index < 0 ? null : { code: response.results[index]?.err ?? 0, index }
}
