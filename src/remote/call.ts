import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Channel, Connection, Outcome } from '../ssh/connection.ts'
import type { Emit } from '../model/event.ts'
import { Failure, Unreachable, failuresOf } from '../model/failure.ts'
import { command, compose, type Setting } from './compose.ts'
import { mayHaveEnded, readFrame, type Frame } from './frame.ts'
import { answerOf, noAnswer, unfinished } from './outcome.ts'
import { openStream } from './open.ts'
import { readRecords } from './records.ts'
import type { Records, Remote, Script } from './remote.ts'

/** `home`: the inventory's, plain; `timeout`: ms that a call may take which brings no deadline of its own. */
export interface RemoteOptions {
  readonly home: string
  readonly timeout?: number
  readonly emit: Emit
}

/** What the calls of one host share. */
export interface Link extends RemoteOptions {
  readonly connection: Connection
}

const links = new WeakMap<Remote, Link>()

/** One host that can be asked. Changing it needs lockedOf, which needs the token that only takeLock gives. */
export function remoteOf(connection: Connection, options: RemoteOptions): Remote {
  const link: Link = { ...options, connection }
  const remote: Remote = {
    host: connection.host,
    ask: (script, args, deadline) => call(link, script, args, { kind: 'reads' }, deadline),
    open: (script, args, deadline) => open(link, script, args, deadline),
  }
  links.set(remote, link)
  return remote
}

/** The connection behind a remote made by remoteOf; for the calls in this folder alone. */
export function linkOf(remote: Remote): Link {
  const link = links.get(remote)
  if (link === undefined) throw new Error('not made by remoteOf')
  return link
}

/** A `Locked` speaks over the same connection as the remote it was made from. */
export const shareLink = (from: Remote, to: Remote): void => void links.set(to, linkOf(from))

type Kind = Pick<Setting, 'kind'> & { readonly token?: string }

/** Sends a script, reads its answer, tells of the call. Rejects with a Failure that names the host. */
export async function call<A, R>(
  link: Link,
  script: Script<A, R>,
  args: A,
  { kind, token = '' }: Kind,
  deadline?: AbortSignal,
): Promise<R> {
  const { connection, home } = link
  const changes = kind === 'changes'
  return told(link, { script: script.name, changes }, async () => {
    const nonce = randomBytes(12).toString('hex')
    const text = compose(script.text, script.variables(args), { script: script.name, nonce, home, kind, token })
    const records = await exchange(connection, text, { nonce, step: script.name }, within(link, deadline))
    return readRecords(() => script.result(records, args, connection.host), script.name)
  })
}

const open = <A>(link: Link, script: Script<A, Readable>, args: A, deadline?: AbortSignal): Promise<Readable> =>
  told(link, { script: script.name, changes: false }, async () => {
    const nonce = randomBytes(12).toString('hex')
    const setting: Setting = { script: script.name, nonce, home: link.home, kind: 'streams', token: '' }
    const text = compose(script.text, script.variables(args), setting)
    return openStream(link.connection, text, { nonce, step: script.name }, within(link, deadline))
  })

/** The deadline of one call: its caller's, else the remote's timeout. */
export const within = (link: Link, deadline?: AbortSignal): AbortSignal =>
  deadline ?? AbortSignal.timeout(link.timeout ?? 60_000)

/** Does it, names the host in what it rejects with, and emits the call's event. */
export async function told<R>(
  { connection: { host }, emit }: Link,
  what: { script: string; changes: boolean },
  work: () => Promise<R>,
): Promise<R> {
  const begun = performance.now()
  const tell = (outcome: 'done' | 'failed' | 'unknown') =>
    emit({ task: `hosts/${host}`, host, is: 'call', ...what, ms: Math.round(performance.now() - begun), outcome })
  try {
    const result = await work()
    tell('done')
    return result
  } catch (thrown) {
    const [failure = thrown] = failuresOf(thrown, what.script)
    tell(failure instanceof Unreachable ? 'unknown' : 'failed')
    throw failure instanceof Failure ? failure.of(host) : failure
  }
}

/** What one answer may weigh at most, so that a host gone wild does not fill the operator's memory. */
const mostBytes = 32 * 1024 * 1024

interface Heard {
  readonly frame: Frame
  readonly stderr: string
  readonly stdout: Buffer
  readonly outcome: Outcome | undefined
}

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
    const late = () => reject(noAnswer(call.step, deadline))
    const finish = (outcome?: Outcome) => {
      deadline.removeEventListener('abort', late)
      resolve(heard(outcome))
    }
    if (deadline.aborted) {
      late()
      return
    }
    deadline.addEventListener('abort', late, { once: true })
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
