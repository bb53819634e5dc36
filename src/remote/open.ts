import { type Readable, Transform } from 'node:stream'
import { onAbort } from '../model/abort.ts'
import { Failure } from '../model/failure.ts'
import type { Connection, Outcome } from '../ssh/connection.ts'
import { command } from './compose.ts'
import { markOf } from './frame.ts'
import { noAnswer, unfinished } from './outcome.ts'

/**
 * Runs a composed script whose answer is a stream of bytes: what it prints between the frame's begin and end. Destroying the
 * stream closes the channel, and the script, which watches its stdin, ends. A stream that breaks off errors with a Failure. The
 * deadline is that of its beginning; how long it may go on is its reader's to say.
 */
export async function openStream(
  connection: Connection,
  text: string,
  { nonce, step }: { nonce: string; step: string },
  deadline: AbortSignal,
): Promise<Readable> {
  // exec's own deadline is the whole command's.
  const unbegun = new AbortController()
  const forgetExec = onAbort(deadline, () => unbegun.abort(deadline.reason))
  const channel = await connection.exec(command, unbegun.signal)
  const body = unframed(nonce)
  // Not ended: the end of stdin is what tells the script that nobody listens any more.
  channel.stdin.on('error', () => undefined)
  channel.stdin.write(text)
  const words: string[] = []
  channel.stderr.on('data', (chunk: Buffer) => void words.push(chunk.toString('utf8').slice(0, 2000)))
  channel.stdout.on('error', (error) => body.stream.destroy(error))
  channel.stdout.pipe(body.stream, { end: false })
  body.stream.once('close', () => channel.close())
  void channel.outcome.then((outcome) => {
    // What came is judged once it has gone through: a slow reader has it still before itself.
    body.end(() => failureOf(outcome))
  })
  const failureOf = (outcome: Outcome): Failure | undefined => {
    if (body.status() === 0) return undefined
    const got =
      outcome.is === 'unknown'
        ? outcome.why.got
        : words
            .join('')
            .split(`${markOf(nonce)} begin\n`)
            .at(-1)
            ?.trim()
    const broke = body.status() === undefined
    return broke
      ? unfinished(step, got === undefined || got === '' ? 'the stream broke off' : got)
      : new Failure({ step, got: got ?? '', hint: 'look at the host' })
  }
  return new Promise((resolve, reject) => {
    const forget = onAbort(deadline, () => body.stream.destroy(noAnswer(step, deadline)))
    const settled = () => {
      forget()
      forgetExec()
    }
    body.stream.once('error', (error) => {
      settled()
      reject(error)
    })
    body.begun.then(() => {
      settled()
      resolve(body.stream)
    }, reject)
  })
}

/** How many of the last bytes may be the beginning of `mark`. */
function beginning(bytes: Buffer, mark: Buffer): number {
  const last = bytes.subarray(-mark.length)
  for (let from = last.indexOf(mark.subarray(0, 1)); from !== -1; from = last.indexOf(mark.subarray(0, 1), from + 1))
    if (last.subarray(from).equals(mark.subarray(0, last.length - from))) return last.length - from
  return 0
}

/** Takes the frame off. The last bytes are held back while they may be the beginning of the end mark. */
export function unframed(nonce: string): {
  readonly stream: Transform
  readonly begun: Promise<void>
  readonly status: () => number | undefined
  /** nothing more comes; `why` is asked once all was taken: what the stream errors with, if that was not all */
  readonly end: (why: () => Error | undefined) => void
} {
  let whyNot: () => Error | undefined = () => undefined
  const begin = Buffer.from(`\n${markOf(nonce)} begin\n`)
  const end = Buffer.from(`\n${markOf(nonce)} end `)
  let held = Buffer.alloc(0)
  let state: 'noise' | 'body' | 'over' = 'noise'
  let status: number | undefined
  let started: () => void
  const begun = new Promise<void>((resolve) => (started = resolve))
  const take = (stream: Transform) => {
    if (state === 'noise') {
      const at = held.indexOf(begin)
      if (at === -1) return void (held = held.subarray(-begin.length))
      held = held.subarray(at + begin.length)
      state = 'body'
      started()
    }
    const at = held.indexOf(end)
    if (at === -1) {
      const sure = held.length - beginning(held, end)
      if (sure > 0) stream.push(held.subarray(0, sure))
      held = held.subarray(sure)
      return
    }
    if (at > 0) stream.push(held.subarray(0, at))
    held = held.subarray(at)
    const digits = /^(\d{1,3})\n/.exec(held.subarray(end.length, end.length + 8).toString('latin1'))
    if (digits === null) return
    status = Number(digits[1])
    state = 'over'
    if (status === 0) stream.push(null)
  }
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (state !== 'over') {
        held = Buffer.concat([held, chunk])
        take(this)
      }
      done()
    },
    flush: (done) => done(whyNot()),
  })
  const over = (why: () => Error | undefined) => {
    whyNot = why
    if (!stream.destroyed) stream.end()
  }
  return { stream, begun, status: () => status, end: over }
}
