import type { Duplex } from 'node:stream'
import { Failure } from './failure.ts'
import type { HostName } from './names.ts'

/** The port is closed to its own host: nothing listens there. Whatever else keeps a stream from coming about says nothing of the port. */
export class DialRefused extends Failure {
  override readonly name: string = 'DialRefused'
}

/**
 * A byte stream, from `host` itself, to `port` of the address that its member listens on: the inventory's, or `address`. Rejects with a
 * Failure: a DialRefused for a closed port.
 */
export type Dial = (host: HostName, port: number, deadline: AbortSignal, address?: string) => Promise<Duplex>
