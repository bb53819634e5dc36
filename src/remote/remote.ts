import type { Readable } from 'node:stream'
import type { HostName } from '../model/names.ts'

/** One remote script: its text, how arguments become shell variables, and how the records it prints become a result. */
export interface Script<A, R> {
  /** on the host and in events */
  readonly name: string
  /** what is tried, in plain words: the step of its failures */
  readonly does: string | ((args: A) => string)
  readonly text: string
  /** shell variable names and values; values are quoted by the caller, any bytes but NUL are allowed in them */
  readonly variables: (args: A) => Readonly<Record<string, string>>
  readonly result: (records: Records, args: A, host: HostName) => R
}
export interface Reads<A, R> extends Script<A, R> {
  readonly changes: false
}
/** A script whose answer is a stream of bytes: it is opened, not asked. */
export interface Streams<A> extends Omit<Script<A, never>, 'result'> {
  readonly changes: false
  readonly answers: 'stream'
}
export interface Changes<A, R> extends Script<A, R> {
  readonly changes: true
}

/** One of the lock's own, which come before and after what the lock allows: this run's lock, or whosever it is. */
export interface LockScript<A, R> extends Script<A, R> {
  readonly changes: 'own lock' | 'any lock'
}

/** What a script printed, in order: `key value` pairs, unframed and unescaped. A key may come many times. */
export type Records = readonly (readonly [key: string, value: string])[]

/** One host that can be asked. Asking needs a connection; changing needs the lock. */
export interface Remote {
  readonly host: HostName
  /** rejects with a Failure: the script's own words when it refused, exit 4 and "unknown" when the connection was lost */
  ask<A, R>(script: Reads<A, R>, args: A, deadline?: AbortSignal): Promise<R>
  /** a stream down; ending it early ends the script on the host */
  open<A>(script: Streams<A>, args: A, deadline?: AbortSignal): Promise<Readable>
}

/** One host whose lock this run holds: obtained only from withLock, so what holds no lock cannot change a host. */
export interface Locked extends Remote {
  change<A, R>(script: Changes<A, R>, args: A, deadline?: AbortSignal): Promise<R>
  /** bytes up into ~/dman/tmp/<staged>; `progress` gets the bytes sent so far */
  send(bytes: Readable, staged: string, size: number, progress?: (sent: number) => void): Promise<void>
}
