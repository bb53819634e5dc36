import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'ssh2'
import { onAbort } from '../model/abort.ts'
import { Failure, Unreachable, wordsOf } from '../model/failure.ts'
import { beside } from './beside.ts'
import { newChannel, type OpenChannel } from './channel.ts'
import type { Connection, Forwards } from './connection.ts'
import { abortTrouble, ForwardRefused, refusalReason, unreached } from './failures.ts'
import { Forwarded } from './forward.ts'
import { keepaliveInterval } from './handshake.ts'
import { watchSilence } from './silence.ts'
import { newSlots, NoMoreSlots, type Slots } from './slots.ts'
import { type Hop, place } from './target.ts'

/** sshd's MaxSessions is 10 by default; commands that we let go may still hold some. */
const channelsAtMost = 6
const silentIntervals = 3

/** A connection as its channels see it. */
interface Line {
  readonly client: Client
  readonly hop: Hop
  readonly slots: Slots
  readonly open: Set<{ lose(why: Failure): void }>
  lost: Failure | undefined
}

/** An SSH connection that is logged in already, over `stream` through `before`. `over` is called once when it has ended. */
export function newLink(
  client: Client,
  stream: Duplex,
  hop: Hop,
  before: Forwards | undefined,
  over: () => void,
): Connection {
  const slots = newSlots(channelsAtMost, (deadline) => sleep(300, undefined, { signal: deadline }))
  const line: Line = { client, hop, slots, open: new Set(), lost: undefined }
  const lose = (got: string, hint = lostHint) => {
    if (line.lost !== undefined) return
    const lost = new Unreachable({ host: hop.host, step: `use the connection to ${place(hop)}`, got, hint })
    line.lost = lost
    unwatch()
    for (const one of [...line.open]) one.lose(lost)
    line.open.clear()
    over()
  }
  const unwatch = watchSilence(stream, keepaliveInterval, silentIntervals, () => {
    lose('connection lost: the host does not answer any more')
    stream.destroy()
  })
  let last = 'closed by the other side'
  client.on('error', (error) => (last = error.message))
  client.on('close', () => lose(`connection lost: ${last}`))
  return {
    host: hop.host,
    exec: (command, deadline) => exec(line, command, deadline),
    forward: (address, port, deadline) => forward(line, address, port, deadline),
    goBeside: (address, port, deadline) => beside(before, { host: hop.host, address, port }, deadline),
    close() {
      client.end()
      // the farewell is still held back to go out with whatever else this turn writes
      while (stream.writableCorked > 0) stream.uncork()
      stream.destroy()
      lose('it was closed', 'whatever still needed it is a defect of dman-bootstrap')
    },
  }
}

const lostHint = 'look whether the host and the network are up, then run it again: what is done already is kept'

async function exec(line: Line, command: string, deadline: AbortSignal): Promise<OpenChannel> {
  const { client, hop, open } = line
  const about = { host: hop.host, step: 'run a command' }
  const start = (leave: () => void) =>
    opened<OpenChannel>(line, deadline, (done, reject) =>
      client.exec(command, (error, raw) => {
        if (error) {
          reject(sessionTrouble(error, hop))
          return
        }
        const channel = newChannel(raw, about, deadline, () => {
          open.delete(channel)
          leave()
        })
        open.add(channel)
        done(channel)
      }),
    )
  try {
    return await line.slots.use(start, deadline)
  } catch (error) {
    throw line.lost ?? commandTrouble(error, about, deadline)
  }
}

async function forward(line: Line, address: string, port: number, deadline: AbortSignal): Promise<Duplex> {
  const { client, hop, open } = line
  try {
    return await opened<Forwarded>(line, deadline, (done, reject) =>
      client.forwardOut('127.0.0.1', 0, address, port, (error, raw) => {
        if (error) {
          reject(error)
          return
        }
        const stream = new Forwarded(raw)
        open.add(stream)
        stream.once('close', () => open.delete(stream))
        done(stream)
      }),
    )
  } catch (error) {
    throw line.lost ?? forwardTrouble(error, hop, `reach ${place({ address, port })} from the host`, deadline)
  }
}

/**
 * What the server opened; what it opens after the deadline is closed again. `request` has to wrap ssh2's channel in the very call
 * that hands it over: an exit status may stand in the same packet's neighbour and is told only once. Where the
 * connection is lost ssh2 calls back with an error.
 */
function opened<T extends { close?(): void; destroy?(): unknown }>(
  { lost }: Line,
  deadline: AbortSignal,
  request: (done: (channel: T) => void, reject: (error: Error) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (lost !== undefined || deadline.aborted) {
      reject(lost ?? new Error('too late'))
      return
    }
    let waiting = true
    const settle = () => {
      waiting = false
      forget()
    }
    const fail = (error: Error) => {
      settle()
      reject(error)
    }
    const forget = onAbort(deadline, () => fail(new Error('not opened in time')))
    const done = (channel: T) => {
      if (!waiting) {
        if (channel.close === undefined) channel.destroy?.()
        else channel.close()
        return
      }
      settle()
      resolve(channel)
    }
    try {
      request(done, fail)
    } catch (error) {
      fail(error instanceof Error ? error : new Error(wordsOf(error)))
    }
  })
}

/** ssh2's reason of a channel that the server did not open (RFC 4254, section 5.1); 1 means that it never will. */
const reasonOf = (error: unknown): unknown => (error instanceof Error && 'reason' in error ? error.reason : undefined)

function sessionTrouble(error: Error, { host }: Hop): Error {
  const reason = reasonOf(error)
  if (reason === undefined) return error
  if (reason !== 1) return new NoMoreSlots(error.message)
  const got = 'commands are not permitted'
  return new Unreachable({ host, step: 'run a command', got, hint: 'look at its sshd_config', cause: error })
}

function commandTrouble(error: unknown, about: { host: string; step: string }, deadline: AbortSignal): Failure {
  if (error instanceof Failure) return error
  if (deadline.aborted) return unreached({ ...about, ...abortTrouble(deadline, 'the host opened no channel for it') })
  if (error instanceof NoMoreSlots) {
    const hint = 'its sshd has to allow sessions: MaxSessions of at least 1'
    return new Unreachable({ ...about, got: 'the host opens no session', hint, cause: error })
  }
  return new Unreachable({ ...about, got: wordsOf(error), hint: 'see what its sshd logs', cause: error })
}

const forwardHints = {
  refused: 'nothing listens there',
  blocked: 'a firewall or the network is in between',
  prohibited: 'its sshd forbids forwarding (AllowTcpForwarding, PermitOpen)',
  unknown: 'see what its sshd logs',
} as const

function forwardTrouble(error: unknown, { host }: Hop, step: string, deadline: AbortSignal): Failure {
  if (deadline.aborted) {
    const { got, exit } = { exit: undefined, ...abortTrouble(deadline, 'no answer') }
    if (exit !== undefined) return new Failure({ host, step, got, hint: 'run it again', exit })
    return new ForwardRefused({ host, step, got, hint: forwardHints.blocked, reason: 'blocked', cause: error })
  }
  const got = wordsOf(error).replace(/^\(SSH\) Channel open failure: /, '')
  const reason = refusalReason(reasonOf(error), got)
  const words = reason === 'blocked' && got === 'open failed' ? 'no route to it there, or forbidden there' : got
  return new ForwardRefused({ host, step, got: words, hint: forwardHints[reason], reason, cause: error })
}
