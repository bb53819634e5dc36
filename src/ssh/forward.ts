import { Duplex } from 'node:stream'
import type { Failure } from '../model/failure.ts'

/** What is used of ssh2's channel of a forwarded connection. */
export interface RawForward {
  on(event: 'data', hear: (chunk: Buffer) => void): unknown
  on(event: 'end' | 'close' | 'error', hear: () => void): unknown
  write(chunk: Buffer, done: () => void): unknown
  end(): unknown
  close(): unknown
  pause(): unknown
  resume(): unknown
}

/** A forwarded connection that can stand in for a net.Socket. */
export class Forwarded extends Duplex {
  #pending: ((error?: Error | null) => void) | undefined
  readonly #raw: RawForward

  constructor(raw: RawForward) {
    super({ highWaterMark: 1 << 18 })
    this.#raw = raw
    this.on('error', () => undefined)
    raw.on('error', () => undefined)
    raw.on('data', (chunk) => {
      if (!this.destroyed && !this.push(chunk)) raw.pause()
    })
    raw.on('end', () => {
      if (!this.destroyed) this.push(null)
    })
    raw.on('close', () => {
      // what arrived before the close is still to be read: only writing is over
      if (this.readableEnded || this.destroyed) this.destroy()
      else this.once('end', () => this.destroy())
    })
  }

  /** the SSH connection is gone */
  lose(why: Failure): void {
    this.destroy(why)
  }

  override _read(): void {
    this.#raw.resume()
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#pending = done
    this.#raw.write(chunk, () => {
      if (this.#pending !== done) return
      this.#pending = undefined
      done()
    })
  }
  /** what was corked goes out as one packet */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }
  override _final(done: () => void): void {
    this.#raw.end()
    done()
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#fail(error ?? new Error('the connection was closed'))
    this.#raw.close()
    this.#raw.resume()
    done(error)
  }
  #fail(error: Error): void {
    const waiting = this.#pending
    this.#pending = undefined
    waiting?.(error)
  }
}
