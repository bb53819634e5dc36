import type { Duplex } from 'node:stream'
import jute from 'node-zookeeper-client/lib/jute/index.js'
import { onAbort } from '../model/abort.ts'
import type { Dial } from '../model/dial.ts'
import type { HostName } from '../model/names.ts'
import type { Secret } from '../model/secret.ts'
import { codeName } from './codes.ts'
import type { Endpoint } from './config.ts'
import { Link, type Request } from './link.ts'
import { op } from './packets.ts'
import { readReconfig, reconfigBody } from './reconfig.ts'
import { exact, read, wireAcl } from './records.ts'
import { readTransaction, requestLimit, transactionBody } from './transaction.ts'
import { pathBody } from './wire.ts'
import { type Deadline, within } from './within.ts'
import { type Acl, type Admin, type Operation, ZooKeeperError } from './zookeeper.ts'

/** A fresh stream to the client port of one server. */
export type Dialer = (deadline: AbortSignal) => Promise<Duplex>

/** The dialer of one host's member, where that listens for clients. */
export const dialer =
  (dial: Dial, host: HostName, { address, port }: Endpoint): Dialer =>
  (deadline) =>
    dial(host, port, deadline, address)

export interface SessionOptions {
  readonly dial: Dialer
  /** such as `{ scheme: 'digest', auth: new Secret('user:password') }` */
  readonly auth?: readonly { readonly scheme: string; readonly auth: Secret }[]
  /** ms asked for, 30,000 by default; the server bounds it by 2 and 20 of its ticks */
  readonly sessionTimeout?: number
  /** for dialling, greeting and authentication together; 10,000 ms by default */
  readonly deadline?: Deadline
  /** ms without any answer after which a call is given up; 10,000 by default */
  readonly requestTimeout?: number
  /** bytes of a request; for a server whose `jute.maxbuffer` is not the default */
  readonly requestLimit?: number
}

/**
 * Opens a session through one server. Resolves once the session is there, which is a write of the quorum, and authentication was accepted.
 * It never reconnects: after a loss the session is dead, and its user opens a new one.
 *
 * Rejects with what `dial` rejected with, or a ZooKeeperError: CONNECTION_LOSS (also of a server that does not serve yet),
 * OPERATION_TIMEOUT, AUTH_FAILED, SESSION_EXPIRED, MARSHALLING_ERROR (what answers is no ZooKeeper).
 * Calls reject with the server's code, CONNECTION_LOSS, OPERATION_TIMEOUT, and BAD_ARGUMENTS or REQUEST_TOO_LARGE, which were not sent.
 */
export async function openSession(options: SessionOptions): Promise<Admin> {
  const { dial, auth = [], sessionTimeout = 30_000, deadline = 10_000, requestTimeout = 10_000 } = options
  const limits = { auth, sessionTimeout, requestTimeout, requestLimit: options.requestLimit ?? requestLimit }
  const link = await within(
    deadline,
    (after) => new ZooKeeperError('OPERATION_TIMEOUT', `open a session: none within ${after}`),
    async (signal) => {
      const stream = await dial(signal)
      // The link listens for errors from here on, so that a stream given up late does no harm.
      const opening = Link.open(stream, limits)
      return opening.finally(onAbort(signal, () => stream.destroy()))
    },
    (late) => late.lose('it was opened too late'),
  )
  return sessionOn(link)
}

/** ms that `close` waits for the server's answer */
const patience = 2_000

function sessionOn(link: Link): Admin {
  const about = (what: string, type: number, path: string, body: Request['body']): Request => {
    checkPath(what, path)
    return { what: `${what} ${path}`, type, body }
  }
  const { SetACLRequest } = jute.protocol
  return {
    sessionId: link.sessionId,
    get: async (path) => link.call(about('get', op.get, path, pathBody(path, false)), read.data, null),
    exists: async (path) => link.call(about('exists', op.exists, path, pathBody(path, false)), read.stat, null),
    children: async (path) =>
      link.call(about('children', op.children, path, pathBody(path, false)), read.children, null),
    getAcl: async (path) => link.call(about('getAcl', op.getAcl, path, pathBody(path)), read.acl, null),
    setAcl: async (path: string, acl: readonly Acl[], version: number) => {
      const body = new SetACLRequest(path, wireAcl(acl), exact(version))
      await link.call(about('setAcl', op.setAcl, path, body), read.stat)
    },
    multi: async (operations) => {
      if (operations.length === 0) return null
      for (const { do: what, path } of operations) checkPath(what, path)
      const request = { what: `multi of ${operations.length}`, type: op.multi, body: transactionBody(operations) }
      return link.call(request, (body) => zxidOf(body, operations))
    },
    sync: async (path) => link.call(about('sync', op.sync, path, pathBody(path)), read.path),
    reconfig: async (change) =>
      link.call({ what: 'reconfig', type: op.reconfig, body: reconfigBody(change) }, readReconfig),
    close: () => link.close(patience),
  }
}

function zxidOf(body: Buffer, operations: readonly Operation[]): string | null {
  const { failed, zxid } = readTransaction(body, operations.length)
  if (failed === null) return zxid
  const { do: what = '', path = '' } = operations[failed.index] ?? {}
  const code = codeName(failed.code)
  throw new ZooKeeperError(code, `multi of ${operations.length}: ${code} at ${what} ${path}`, failed.index)
}

// A malformed path would be reported as absent, and a lone surrogate would be sent as another character.
function checkPath(what: string, path: string): void {
  if (path === '/' || (/^(\/[^/\0]+)+$/.test(path) && !/\p{Surrogate}/u.test(path))) return
  throw new ZooKeeperError('BAD_ARGUMENTS', `${what} ${JSON.stringify(path)}: no path of a znode`)
}
