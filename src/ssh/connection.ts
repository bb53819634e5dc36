import type { Duplex, Readable, Writable } from 'node:stream'
import type { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'

/** One SSH connection to one host, kept for the whole run. Every call has a deadline. */
export interface Connection {
  readonly host: HostName
  /** starts a command; waits for a free channel where the cap is reached */
  exec(command: string, deadline: AbortSignal): Promise<Channel>
  /** a stream from the host to address:port (direct-tcpip); rejects with a ForwardRefused that tells refused from blocked from prohibited */
  forward(address: string, port: number, deadline: AbortSignal): Promise<Duplex>
  close(): void
}

export interface Channel {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** resolves always, once the channel is closed and both streams have ended or were destroyed */
  readonly outcome: Promise<Outcome>
  /** closes the channel; what runs on the host sees the end of its stdin */
  close(): void
}

/** A lost connection says nothing of what the command did. */
export type Outcome =
  { is: 'exited'; code: number } | { is: 'signalled'; signal: string } | { is: 'unknown'; why: Failure }
