import type { Duplex, Readable, Writable } from 'node:stream'
import type { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'

export type { RefusalReason } from './failures.ts'

/** One SSH connection to one host, kept for the whole run. Every call has a deadline. */
export interface Connection {
  readonly host: HostName
  /**
   * Starts a command; waits for a free channel where the cap is reached. The deadline is the whole command's: once it has passed
   * the channel is closed and its outcome unknown.
   */
  exec(command: string, deadline: AbortSignal): Promise<Channel>
  /**
   * A stream from the host to address:port (direct-tcpip); rejects with a ForwardRefused that tells refused from blocked from
   * prohibited. The deadline is that of opening it; then the stream is the caller's.
   */
  forward(address: string, port: number, deadline: AbortSignal): Promise<Duplex>
  /**
   * A stream to address:port by the way that this connection takes itself, from this machine or its last jump host: for what
   * an sshd that forbids forwarding keeps from `forward`. Rejects with an Unreachable; a refusal there may be a firewall's.
   */
  goBeside(address: string, port: number, deadline: AbortSignal): Promise<Duplex>
  close(): void
}

/** What may be had of a connection without the means to run anything on its host. */
export type Forwards = Pick<Connection, 'host' | 'forward'>

export interface Channel {
  /** destroyed before its end it closes the channel: the command must not take a part for the whole */
  readonly stdin: Writable
  /** a command that writes more than about 3 MB waits for a reader; destroyed with the Failure when the connection is lost */
  readonly stdout: Readable
  /** never keeps the command waiting: what nobody reads is dropped beyond 256 KiB */
  readonly stderr: Readable
  /** resolves always, once the channel is closed and both streams have ended, were destroyed, or nobody reads them */
  readonly outcome: Promise<Outcome>
  /** closes the channel; what runs on the host sees the end of its stdin */
  close(): void
}

/** A lost connection says nothing of what the command did. */
export type Outcome =
  { is: 'exited'; code: number } | { is: 'signalled'; signal: string } | { is: 'unknown'; why: Failure }
