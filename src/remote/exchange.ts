import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { onAbort } from '../model/abort.ts'
import type { Channel, Connection, Outcome } from '../ssh/connection.ts'
import { command, compose, type Setting } from './compose.ts'
import { mayHaveEnded, readFrame } from './frame.ts'
import { type Link, told, within } from './link.ts'
import { openStream } from './open.ts'
import { answerOf, type Heard, noAnswer, unfinished } from './outcome.ts'
import { readRecords } from './records.ts'
import type { Changes, LockScript, Reads, Records, Script, Streams } from './remote.ts'
import type { Token } from './token.ts'

/** What changes nothing; needs no lock. */
export const ask = <A, R>(link: Link, script: Reads<A, R>, args: A, deadline?: AbortSignal): Promise<R> =>
  call(link, script, args, { kind: 'reads', token: '', changes: false }, deadline)

/** What changes the host; the token is what takeLock gave for this very host. */
export const change = <A, R>(
  link: Link,
  token: Token,
  script: Changes<A, R>,
  args: A,
  deadline?: AbortSignal,
): Promise<R> => call(link, script, args, { kind: 'changes', token: token.text, changes: true }, deadline)

/** One of the lock's own scripts. */
export const lockCall = <A, R>(
  link: Link,
  token: Token | undefined,
  script: LockScript<A, R>,
  args: A,
  deadline?: AbortSignal,
): Promise<R> =>
  call(link, script, args, { kind: 'lock', token: token?.text ?? '', changes: script.changes === 'any lock' }, deadline)

/** Sends a script, reads its answer, tells of the call. Rejects with a Failure that names the host. */
async function call<A, R>(
  link: Link,
  script: Script<A, R>,
  args: A,
  { kind, token, changes }: Pick<Setting, 'kind' | 'token'> & { readonly changes: boolean },
  deadline?: AbortSignal,
): Promise<R> {
  const { connection, home } = link
  return told(link, { script: script.name, changes }, async () => {
    const nonce = randomBytes(12).toString('hex')
    const text = compose(script.text, script.variables(args), { script: script.name, nonce, home, kind, token })
    const step = stepOf(script, args)
    const records = await exchange(connection, text, { nonce, step }, within(link, deadline))
    return readRecords(() => script.result(records, args, connection.host), step)
  })
}

const stepOf = <A>({ does }: Pick<Script<A, unknown>, 'does'>, args: A): string =>
  typeof does === 'string' ? does : does(args)

/** A stream down. */
export const open = <A>(link: Link, script: Streams<A>, args: A, deadline?: AbortSignal): Promise<Readable> =>
  told(link, { script: script.name, changes: false }, async () => {
    const nonce = randomBytes(12).toString('hex')
    const setting: Setting = { script: script.name, nonce, home: link.home, kind: 'streams', token: '' }
    const text = compose(script.text, script.variables(args), setting)
    return openStream(link.connection, text, { nonce, step: stepOf(script, args) }, within(link, deadline))
  })

/** What one answer may weigh at most, so that a host gone wild does not fill the operator's memory. */
const mostBytes = 32 * 1024 * 1024

/** Runs a composed script; its records, or the Failure that its status, its silence or the lost connection is. */
async function exchange(
  connection: Connection,
  text: string,
  call: { nonce: string; step: string },
  deadline: AbortSignal,
): Promise<Records> {
  const channel = await connection.exec(command, deadline)
  try {
    channel.stdin.on('error', () => undefined)
    channel.stdin.end(text)
    return answerOf(await listen(channel, call, deadline), call)
  } finally {
    channel.close()
  }
}

/** Reads until the frame has ended, the channel is closed or the deadline passes; words of a failure may come a moment later. */
function listen(channel: Channel, call: { nonce: string; step: string }, deadline: AbortSignal): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const words: Buffer[] = []
    let size = 0
    let tail = Buffer.alloc(0)
    const heard = (outcome?: Outcome): Heard => {
      const stdout = Buffer.concat(chunks)
      const stderr = Buffer.concat(words).toString('utf8')
      return { frame: readFrame(stdout, call.nonce), stderr, stdout, outcome }
    }
    const forget = onAbort(deadline, () => reject(noAnswer(call.step, deadline)))
    const finish = (outcome?: Outcome) => {
      forget()
      resolve(heard(outcome))
    }
    channel.stderr.on('data', (chunk: Buffer) => {
      words.push(chunk)
      if (words.length > 64) words.shift()
    })
    channel.stderr.on('error', () => undefined)
    channel.stdout.on('error', () => undefined)
    channel.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostBytes) reject(unfinished(call.step, 'the host sends without end'))
      else chunks.push(chunk)
      tail = Buffer.concat([tail.subarray(-128), chunk])
      if (!mayHaveEnded(tail, call.nonce)) return
      const { status } = readFrame(Buffer.concat(chunks), call.nonce)
      if (status === 0) finish()
      if (status !== undefined && status !== 0) void Promise.race([channel.outcome, soon()]).then(() => finish())
    })
    void channel.outcome.then(finish)
  })
}

const soon = () => new Promise<undefined>((resolve) => setTimeout(resolve, 300, undefined).unref())
