import type { Duplex } from 'node:stream'
import type { HostName } from './names.ts'

/**
 * A byte stream to `port` of the address that the members of `host` listen on. Rejects with a Failure; `refused` in its
 * `got` tells a closed port from a blocked one.
 */
export type Dial = (host: HostName, port: number, deadline: AbortSignal) => Promise<Duplex>
