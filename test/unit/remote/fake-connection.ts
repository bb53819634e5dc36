import { PassThrough } from 'node:stream'
import type { Channel, Connection, Outcome } from '../../../src/ssh/connection.ts'

export interface Said {
  readonly command: string
  readonly stdin: () => string
  readonly channel: Channel & { stdout: PassThrough; stderr: PassThrough; stdin: PassThrough }
  readonly isClosed: () => boolean
  readonly end: (outcome: Outcome) => void
}

/** A connection whose other end is `host`, called with each command that is started. */
export function fakeConnection(host: (said: Said) => void): Connection {
  return {
    host: 'zk1',
    exec: (command) => {
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
      let [sent, closed] = ['', false]
      stdin.on('data', (chunk: Buffer) => (sent += chunk.toString('utf8')))
      let end: (outcome: Outcome) => void = () => undefined
      const outcome = new Promise<Outcome>((resolve) => (end = resolve))
      const channel = {
        stdin,
        stdout,
        stderr,
        outcome,
        close: () => {
          closed = true
        },
      }
      setImmediate(() => host({ command, stdin: () => sent, channel, isClosed: () => closed, end }))
      return Promise.resolve(channel)
    },
    forward: () => Promise.reject(new Error('no forwarding here')),
    goBeside: () => Promise.reject(new Error('no forwarding here')),
    close: () => undefined,
  }
}

/** The nonce of the call that was sent, as the script would print it. */
export const markIn = (text: string): string => /dman_mark='(@[0-9a-f]+)'/.exec(text)?.[1] ?? '@none'
