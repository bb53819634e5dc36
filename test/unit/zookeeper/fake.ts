import type { Duplex } from 'node:stream'
import { frameCutter } from '../../../src/zookeeper/frames.ts'
import { openSession, type SessionOptions } from '../../../src/zookeeper/session.ts'
import { streamPair } from './pair.ts'

/** A request as the fake server got it; `body` is what follows the header. */
export interface Got {
  readonly xid: number
  readonly type: number
  readonly body: Buffer
}

/** A server that greets, accepts authentication and answers pings and closing; everything else waits in `got`. */
export interface Fake {
  readonly got: Got[]
  readonly stream: Duplex
  readonly client: Duplex
  /** sends an answer; `late` is how many of its bytes are kept back */
  readonly answer: (xid: number, code: number, body?: Buffer, late?: number) => void
  readonly send: (bytes: Buffer) => void
}

export interface Habits {
  readonly greeting?: Buffer | null
  readonly authCode?: number
  readonly pings?: boolean
  readonly closing?: boolean
}

export const greeting = (timeout: number, sessionId = 0xabcn): Buffer => {
  const body = Buffer.alloc(37)
  body.writeInt32BE(timeout, 4)
  body.writeBigInt64BE(sessionId, 8)
  body.writeInt32BE(16, 16)
  return framed(body)
}

export const framed = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

export function fakeServer(habits: Habits = {}): Fake {
  const [client, stream] = streamPair()
  const got: Got[] = []
  const cut = frameCutter()
  let greeted = false
  const answer = (xid: number, code: number, body: Buffer = Buffer.alloc(0), late = 0) => {
    const header = Buffer.alloc(16)
    header.writeInt32BE(xid)
    header.writeInt32BE(code, 12)
    const packet = framed(Buffer.concat([header, body]))
    stream.write(packet.subarray(0, packet.length - late))
  }
  const receive = (frame: Buffer) => {
    const request = { xid: frame.readInt32BE(0), type: frame.readInt32BE(4), body: frame.subarray(8) }
    if (request.type === 100) answer(-4, habits.authCode ?? 0)
    else if (request.type === 11) {
      if (habits.pings !== false) answer(-2, 0)
    } else if (request.type === -11 && habits.closing !== false) answer(request.xid, 0)
    else got.push(request)
  }
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    for (const frame of cut(chunk)) {
      if (greeted) receive(frame)
      else if (habits.greeting !== null) stream.write(habits.greeting ?? greeting(30_000))
      greeted = true
    }
  })
  return { got, stream, client, answer, send: (bytes) => void stream.write(bytes) }
}

export const open = (fake: Fake, options: Partial<SessionOptions> = {}) =>
  openSession({ dial: () => Promise.resolve(fake.client), ...options })

/** Lets everything that is under way in memory happen. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error: unknown) => (error as { code: string }).code,
  )
export async function opened(habits: Habits = {}, options: Parameters<typeof open>[1] = {}) {
  const fake = fakeServer(habits)
  return { fake, zk: await open(fake, options) }
}

/** A call, and the request of it that the server got. */
export async function asked<T>(fake: Fake, call: Promise<T>) {
  call.catch(() => undefined)
  await settled()
  const request = fake.got.at(-1)
  if (request === undefined) throw new Error('nothing was sent')
  return { call, ...request }
}

export const stat = (): Buffer => Buffer.alloc(68)
export const data = (bytes: Buffer | null): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes?.length ?? -1)
  return Buffer.concat([length, bytes ?? Buffer.alloc(0), stat()])
}
