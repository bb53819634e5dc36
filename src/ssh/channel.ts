import { Readable, Writable } from 'node:stream'
import { onAbort } from '../model/abort.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { Channel, Outcome } from './connection.ts'
import { abortTrouble } from './failures.ts'

/** What is used of ssh2's channel of a running command. */
export interface RawChannel {
  /** what the other side lets us send before it has read more */
  readonly outgoing?: unknown
  readonly stderr: RawSource
  on(event: 'data', hear: (chunk: Buffer) => void): unknown
  on(event: 'exit', hear: (code: number | null, signal?: string) => void): unknown
  on(event: 'end' | 'close' | 'error', hear: () => void): unknown
  write(chunk: Buffer, done: () => void): unknown
  end(): unknown
  close(): unknown
  pause(): unknown
  resume(): unknown
}
type RawSource = Pick<RawChannel, 'pause' | 'resume'> & {
  on(event: 'data', hear: (chunk: Buffer) => void): unknown
  on(event: 'end' | 'error', hear: () => void): unknown
}

/** A command's channel, with what the connection needs of it. */
export interface OpenChannel extends Channel {
  /** the connection is gone: what is not known by now stays unknown */
  lose(why: Failure): void
}

const hasWindow = (outgoing: unknown): outgoing is { window: number } =>
  typeof outgoing === 'object' && outgoing !== null && 'window' in outgoing && typeof outgoing.window === 'number'

/** Bytes of one upload under way at most: as much as a link of 100 Mbit/s and 40 ms needs. */
const inFlight = 1 << 19
/** Bytes of stdout that wait here for a reader before the command has to wait; of stderr, before the rest is dropped unread. */
const stdoutWaits = 1 << 20
const stderrWaits = 1 << 18

/**
 * Wraps ssh2's channel so that its end is always told. ssh2 tells the end only once stdout was read to its end, calls no write's
 * callback on a closed channel, and ends stdout as if it were whole when the connection is lost: here it is destroyed then.
 */
export function newChannel(
  raw: RawChannel,
  about: { host: HostName; step: string },
  deadline: AbortSignal,
  closed: () => void,
): OpenChannel {
  // A whole window in flight would keep everything else on this connection waiting, a lock's heartbeats too: on a slow uplink
  // for longer than a lock lives.
  if (hasWindow(raw.outgoing)) raw.outgoing.window = Math.min(raw.outgoing.window, inFlight)
  const stdout = sink(raw, stdoutWaits, 'wait')
  const stderr = sink(raw.stderr, stderrWaits, 'drop')
  const stdin = source(raw, () => {
    if (!ended) channel.close()
  })
  let ended = false
  let exit: Outcome | undefined
  let forget: () => void = () => undefined
  let tell: (outcome: Outcome) => void = () => undefined
  const outcome = new Promise<Outcome>((resolve) => (tell = resolve))
  const end = (why: Failure, destroyWith?: Failure) => {
    ended = true
    forget()
    tell(exit !== undefined && stdout.whole() ? exit : { is: 'unknown', why })
    for (const stream of [stdout.stream, stderr.stream, stdin]) stream.destroy(destroyWith)
  }
  const failure = (trouble: { got: string; hint: string }) => new Failure({ ...about, ...trouble })
  const late = () => {
    const why = failure(abortTrouble(deadline, 'the command did not end'))
    end(why, why)
    raw.close()
  }
  raw.on('exit', (code, signal) => {
    exit = code === null ? { is: 'signalled', signal: signal ?? 'unknown' } : { is: 'exited', code }
    // what a finished command left is little, and ssh2 tells the end only after it
    stdout.unbounded()
  })
  raw.on('error', () => undefined)
  raw.on('close', () => {
    ended = true
    closed()
    stdin.destroy(stdin.writableFinished ? undefined : failure(over))
    const settled = () => {
      forget()
      tell(exit ?? { is: 'unknown', why: failure(noStatus) })
    }
    void Promise.all([stdout.settled(), stderr.settled()]).then(settled)
  })
  const channel: OpenChannel = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    outcome,
    close() {
      end(failure(closedHere))
      raw.close()
    },
    lose: (why) => end(why, why),
  }
  forget = onAbort(deadline, late)
  return channel
}

const over = { got: 'the command ended without reading all its input', hint: 'see what it said' }
const noStatus = { got: 'the channel was closed without an exit status', hint: 'its outcome is unknown: run it again' }
const closedHere = { got: 'the channel was closed before the command ended', hint: 'its outcome is unknown' }

/** One of a command's outputs as a stream of ours. */
function sink(raw: RawSource, waits: number, whenUnread: 'wait' | 'drop') {
  let ended = false
  let bounded = true
  const arrived: (() => void)[] = []
  const stream = new Readable({
    highWaterMark: waits,
    read: () => void raw.resume(),
    destroy(error, done) {
      raw.resume()
      done(error)
    },
  })
  stream.on('error', () => undefined)
  const isRead = () => stream.readableFlowing !== null || stream.listenerCount('readable') > 0
  raw.on('error', () => undefined)
  raw.on('data', (chunk) => {
    if (stream.destroyed || (whenUnread === 'drop' && !isRead() && stream.readableLength >= waits)) return
    if (!stream.push(chunk) && bounded && (whenUnread === 'wait' || isRead())) raw.pause()
  })
  raw.on('end', () => {
    ended = true
    if (!stream.destroyed) stream.push(null)
    for (const go of arrived.splice(0)) go()
  })
  return {
    stream,
    /** all that the command wrote has arrived here */
    whole: () => ended,
    unbounded() {
      bounded = false
      raw.resume()
    },
    /** all has arrived, and whoever reads it has read it */
    async settled(): Promise<void> {
      if (!ended) await new Promise<void>((resolve) => arrived.push(resolve))
      if (stream.readableEnded || stream.destroyed || !isRead()) return
      await new Promise<void>((resolve) => stream.once('end', resolve).once('close', resolve))
    },
  }
}

/** The command's input. Destroyed before its end it closes the channel: the command must not take a part for the whole. */
function source(raw: RawChannel, close: () => void): Writable {
  let pending: ((error?: Error | null) => void) | undefined
  const stream = new Writable({
    highWaterMark: 1 << 16,
    write(chunk: Buffer, _encoding, done) {
      pending = done
      raw.write(chunk, () => {
        if (pending !== done) return
        pending = undefined
        done()
      })
    },
    final(done) {
      raw.end()
      done()
    },
    destroy(error, done) {
      const waiting = pending
      pending = undefined
      waiting?.(error ?? new Error('the channel was closed'))
      if (!stream.writableFinished) close()
      done(error)
    },
  })
  stream.on('error', () => undefined)
  return stream
}
