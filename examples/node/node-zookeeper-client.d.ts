// What the reader uses of node-zookeeper-client, so that this folder needs nothing else; @types/node-zookeeper-client has all of it.
declare module 'node-zookeeper-client' {
  import type { EventEmitter } from 'node:events'

  export interface Stat {
    readonly mzxid: Buffer
  }
  type Done<Results extends unknown[]> = (error: Exception | null, ...results: Results) => void
  export interface Client extends EventEmitter {
    connect(): void
    close(): void
    addAuthInfo(scheme: string, auth: Buffer): void
    exists(path: string, watcher: () => void, done: Done<[Stat | null]>): void
    getData(path: string, done: Done<[Buffer, Stat]>): void
    getChildren(path: string, done: Done<[string[], Stat]>): void
  }
  interface Exception extends Error {
    getCode(): number
  }
  type Codes = Readonly<Record<'CONNECTION_LOSS' | 'OPERATION_TIMEOUT' | 'SESSION_EXPIRED' | 'NO_NODE', number>>
  const zookeeper: { createClient(servers: string): Client; Exception: Codes & (new () => Exception) }
  export default zookeeper
}
