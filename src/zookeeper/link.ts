import type { Duplex } from 'node:stream'
import type { Encodable } from 'node-zookeeper-client/lib/jute/index.js'
import type { Secret } from '../model/secret.ts'
import { codeName } from './codes.ts'
import { Fifo } from './fifo.ts'
import { frameCutter } from './frames.ts'
import { outbox } from './outbox.ts'
import { authPacket, connectPacket, op, packet, pingPacket, readGreeting, readReply, special } from './packets.ts'
import { ZooKeeperError } from './zookeeper.ts'

/** `what` names a call in its errors, such as 'get /dman'. */
export interface Request {
  readonly what: string
  readonly type: number
  readonly body: Encodable | null
}

export interface LinkOptions {
  readonly auth: readonly { readonly scheme: string; readonly auth: Secret }[]
  /** ms */
  readonly sessionTimeout: number
  /** ms without any answer after which the calls that waited as long are given up */
  readonly requestTimeout: number
  /** bytes of a request, as `encodedSize` counts them */
  readonly requestLimit: number
}

interface Call {
  readonly what: string
  readonly xid: number
  readonly madeAt: number
  /** with the loss, or with what the server answered */
  readonly settle: (error: ZooKeeperError | null, code: number, body: Buffer) => void
  /** its caller was told already; the place in the queue stays, because answers come in order */
  given: boolean
}

const nothing = Buffer.alloc(0)
const noNode = -101

/**
 * The client's end of one session on one stream. It never reconnects: once the stream or the session is lost, every call that waits and
 * every later one rejects with CONNECTION_LOSS.
 */
export class Link {
  sessionId = ''
  readonly #stream: Duplex
  readonly #options: LinkOptions
  readonly #send: (packet: Buffer) => void
  readonly #calls = new Fifo<Call>()
  readonly #ready: { resolve: () => void; reject: (error: ZooKeeperError) => void }
  #state: 'greeting' | 'authenticating' | 'open' | 'dead' = 'greeting'
  #why = ''
  #unanswered: number
  #xid = 0
  #heardAt = performance.now()
  #answeredAt = 0
  #deadline: NodeJS.Timeout | undefined
  #pulse: NodeJS.Timeout | undefined

  private constructor(
    stream: Duplex,
    options: LinkOptions,
    ready: { resolve: () => void; reject: (e: Error) => void },
  ) {
    this.#stream = stream
    this.#options = options
    this.#ready = ready
    this.#unanswered = options.auth.length
    this.#send = outbox(stream)
    this.#listen()
    // Its end was told before anyone listened.
    if (stream.destroyed || !stream.readable) this.lose('the connection was closed before it was used')
    // One flight for both: the server reads on only once the session is made, so authentication comes before any request.
    this.#send(connectPacket(options.sessionTimeout))
    for (const { scheme, auth } of options.auth) this.#send(authPacket(scheme, auth))
  }

  /** Resolves once the session is there and authentication, if any, was accepted; the caller has the deadline. */
  static open(stream: Duplex, options: LinkOptions): Promise<Link> {
    return new Promise((resolve, reject) => {
      const link: Link = new Link(stream, options, { resolve: () => resolve(link), reject })
    })
  }

  /**
   * Sends a request. Resolves to what `read` makes of the body of its answer, to `missing` where the server answers NO_NODE and that is given;
   * rejects with the code that the server or the loss gives, or the ZooKeeperError that `read` throws. Where it throws anything else, what
   * talks there is no ZooKeeper: the session is lost.
   */
  call<T>(request: Request, read: (body: Buffer) => T): Promise<T>
  call<T, M>(request: Request, read: (body: Buffer) => T, missing: M): Promise<T | M>
  call<T, M>(request: Request, read: (body: Buffer) => T, missing?: M): Promise<T | M> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'dead') throw this.#loss(request.what)
      // Numbers stay below the sign bit, where the special ones are.
      const xid = (this.#xid % 0x7fffffff) + 1
      const bytes = encode(xid, request, this.#options.requestLimit)
      this.#xid = xid
      const settle: Call['settle'] = (error, code, body) => {
        if (error !== null) reject(error)
        else if (code === noNode && missing !== undefined) resolve(missing)
        else if (code !== 0) reject(serverError(request.what, code))
        else this.#read(request.what, () => resolve(read(body)), reject)
      }
      this.#calls.push({ what: request.what, xid, madeAt: performance.now(), settle, given: false })
      this.#send(bytes)
      if (this.#deadline === undefined) this.#watch()
    })
  }

  #read(what: string, read: () => void, reject: (error: ZooKeeperError) => void): void {
    try {
      read()
    } catch (error) {
      const why = `the answer to ${what} is not ZooKeeper's protocol (${(error as Error).message})`
      const isAnswer = error instanceof ZooKeeperError
      reject(isAnswer ? error : new ZooKeeperError('CONNECTION_LOSS', why))
      if (!isAnswer) this.lose(why)
    }
  }

  /** Ends the session at the server, waits for that at most `patience` ms, and gives up the stream whatever came. */
  async close(patience: number): Promise<void> {
    if (this.#state === 'dead') return
    const closed = this.call({ what: 'close', type: op.close, body: null }, () => undefined).catch(() => undefined)
    let timer: NodeJS.Timeout | undefined
    await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, patience)))])
    clearTimeout(timer)
    this.lose('the session was closed')
  }

  /** Gives up the stream; every call that waits rejects. */
  lose(why: string, code = 'CONNECTION_LOSS'): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    this.#why = why
    clearTimeout(this.#deadline)
    clearInterval(this.#pulse)
    this.#ready.reject(new ZooKeeperError(code, why))
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) {
      if (!call.given) call.settle(this.#loss(call.what), 0, nothing)
    }
    this.#stream.destroy()
  }

  #loss(what: string): ZooKeeperError {
    return new ZooKeeperError('CONNECTION_LOSS', `${what}: ${this.#why}`)
  }

  #listen(): void {
    const cut = frameCutter()
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#state === 'dead') return
      this.#heardAt = performance.now()
      try {
        for (const frame of cut(chunk)) this.#onFrame(frame)
      } catch (error) {
        const code = this.#state === 'greeting' ? 'MARSHALLING_ERROR' : 'CONNECTION_LOSS'
        this.lose(`what came is not ZooKeeper's protocol (${(error as Error).message})`, code)
      }
    })
    const closed = () =>
      this.lose(
        this.#state === 'greeting'
          ? 'the server closed the connection without a greeting: it does not serve (yet), or has too many connections'
          : 'the connection was closed',
      )
    this.#stream.on('end', closed)
    this.#stream.on('close', closed)
    // Stays on a dead stream: an error without a listener would end the process.
    this.#stream.on('error', (error: Error) => this.lose(`the connection broke: ${error.message}`))
  }

  #onFrame(frame: Buffer): void {
    if (this.#state === 'dead') return
    if (this.#state === 'greeting') {
      this.#onGreeting(frame)
      return
    }
    const { xid, code, body } = readReply(frame)
    if (xid === special.auth) this.#onAuth(code)
    else if (xid !== special.ping && xid !== special.notification) this.#onAnswer(xid, code, body)
  }

  #onAnswer(xid: number, code: number, body: Buffer): void {
    const call = this.#calls.peek()
    if (call?.xid !== xid) throw new RangeError(`an answer to request ${xid} where ${call?.xid ?? 'none'} was due`)
    this.#calls.shift()
    this.#answeredAt = this.#heardAt
    if (!call.given) call.settle(null, code, body)
    if (this.#calls.length === 0) this.#rest()
  }

  #onGreeting(frame: Buffer): void {
    const { sessionId, timeout } = readGreeting(frame)
    if (timeout === 0) {
      this.lose('the server refused the session', 'SESSION_EXPIRED')
      return
    }
    this.sessionId = sessionId
    this.#state = 'authenticating'
    this.#beat(timeout)
    if (this.#unanswered === 0) this.#open()
  }

  #onAuth(code: number): void {
    if (code !== 0) this.lose(`the server refused the authentication: ${codeName(code)}`, 'AUTH_FAILED')
    this.#unanswered -= 1
    if (this.#unanswered === 0 && this.#state === 'authenticating') this.#open()
  }

  #open(): void {
    this.#state = 'open'
    this.#ready.resolve()
  }

  /** Keeps the session alive, and notices a server that says nothing at all (as ZooKeeper's own client: after two thirds of the timeout). */
  #beat(timeout: number): void {
    this.#pulse = setInterval(() => {
      const silent = performance.now() - this.#heardAt
      if (silent >= (timeout * 2) / 3) this.lose(`the server said nothing for ${Math.round(silent)} ms`)
      else this.#send(pingPacket())
    }, timeout / 3)
    this.#pulse.unref()
  }

  #rest(): void {
    clearTimeout(this.#deadline)
    this.#deadline = undefined
  }

  /**
   * Answers come in order, so a call's time starts anew with each answer that comes before its own: many calls may wait
   * while the server works through them, and none waits longer than `requestTimeout` in a silence.
   */
  #watch(): void {
    const first = this.#oldest()
    if (first === undefined) {
      this.#rest()
      return
    }
    const due = Math.max(first.madeAt, this.#answeredAt) + this.#options.requestTimeout
    this.#deadline = setTimeout(() => this.#giveUp(), Math.max(0, due - performance.now()))
  }

  #giveUp(): void {
    const limit = this.#options.requestTimeout
    const now = performance.now()
    for (const call of this.#calls) {
      // Timers may be early by a fraction of a millisecond.
      if (now - Math.max(call.madeAt, this.#answeredAt) < limit - 1) break
      if (call.given) continue
      call.given = true
      call.settle(new ZooKeeperError('OPERATION_TIMEOUT', `${call.what}: no answer within ${limit} ms`), 0, nothing)
    }
    this.#watch()
  }

  #oldest(): Call | undefined {
    for (const call of this.#calls) if (!call.given) return call
    return undefined
  }
}

function encode(xid: number, { what, type, body }: Request, limit: number): Buffer {
  let bytes: Buffer
  try {
    bytes = packet(xid, type, body)
  } catch (error) {
    throw new ZooKeeperError('BAD_ARGUMENTS', `${what}: ${(error as Error).message}`)
  }
  const size = bytes.length - 4
  if (size > limit) throw new ZooKeeperError('REQUEST_TOO_LARGE', `${what}: ${size} bytes, the server takes ${limit}`)
  return bytes
}

const serverError = (what: string, code: number): ZooKeeperError =>
  new ZooKeeperError(codeName(code), `${what}: ${codeName(code)}`)
