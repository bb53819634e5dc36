import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit } from '../model/event.ts'
import { Unreachable, wordsOf } from '../model/failure.ts'
import { type Memory, newMemory, patient, type Prompt } from './asking.ts'
import type { Connection } from './connection.ts'
import { Dropped, ForwardRefused } from './failures.ts'
import { handshake } from './handshake.ts'
import type { Trust } from './host-key.ts'
import type { Sources } from './identities.ts'
import { type Jumps, type LogIn, newJumps } from './jumps.ts'
import { readKnownHosts } from './known-hosts-file.ts'
import { newLink } from './link.ts'
import { findRoute } from './route.ts'
import { gather, tcp } from './socket.ts'
import { connectStep, type Hop, type Target } from './target.ts'

export interface ConnectOptions {
  /** record the key of a host that was never seen; never that of one whose key changed or is revoked */
  readonly acceptNew: boolean
  /** asks a person, and rejects where there is no terminal */
  readonly prompt: Prompt
  readonly emit?: Emit | undefined
  /** for the whole way, all hops; it stands still while a person is asked */
  readonly deadline: AbortSignal
  /** HOME, SSH_AUTH_SOCK, DMAN_SSH_PASSWORD, DMAN_SSH_PASSPHRASE; the process's own by default */
  readonly env?: Sources['env']
  /** what was asked already; one for the process by default */
  readonly memory?: Memory
  /** the jump hosts' connections of this run; its own by default */
  readonly jumps?: Jumps
}

const asked = newMemory()
/** Read after the user's own files. New keys never go there. */
const everybodys = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
/** Waits between attempts where sshd closes connections before a login, as MaxStartups makes it do. */
const backOff = [150, 400, 800, 1600, 3000]

/**
 * Logs in to a host, over its jump hosts, every hop's key verified. Rejects with a Failure: exit 4 and host, address, cause and remedy
 * where it cannot be reached, its key is not to be trusted or the login is refused; exit 3 for a malformed jump or ssh configuration.
 */
export async function connect(target: Target, options: ConnectOptions): Promise<Connection> {
  const patience = patient(options.deadline)
  const { jumps = newJumps() } = options
  const sources = { env: process.env, memory: asked, ...options, patience }
  const held: Connection[] = []
  const release = () => {
    for (const jump of held.reverse()) jump.close()
  }
  try {
    const route = await findRoute(target, sources)
    for (const [index, hop] of route.slice(0, -1).entries()) {
      const before = held.at(-1)
      const logIn: LogIn = (all, over) => reach(hop, before, { ...sources, patience: all }, over)
      held.push(await jumps.take(route.slice(0, index + 1), patience, logIn))
    }
    const last = route.at(-1)
    if (last === undefined) throw new TypeError('a route has at least its target')
    return await reach(last, held.at(-1), sources, release)
  } catch (error) {
    release()
    throw error
  } finally {
    patience.end()
  }
}

/** One hop further; `over` is called once its connection has ended. */
async function reach(
  hop: Hop,
  before: Connection | undefined,
  sources: Sources & ConnectOptions,
  over: () => void,
): Promise<Connection> {
  const { signal } = sources.patience
  const files = [...hop.knownHosts, ...everybodys]
  for (let attempt = 0; ; attempt++) {
    try {
      const [stream, lines] = await bothOrNeither(streamTo(hop, before, signal), known(files, hop))
      const trust: Trust = { files, lines, acceptNew: sources.acceptNew, emit: sources.emit }
      const client = await handshake(gather(stream), hop, trust, sources)
      return newLink(client, stream, hop, before, over)
    } catch (error) {
      const wait = backOff[attempt]
      if (!(error instanceof Dropped) || wait === undefined || signal.aborted) throw error
      const text = `${error.got}; trying again in ${wait} ms`
      sources.emit?.({ task: `hosts/${hop.host}/connect`, host: hop.host, is: 'log', level: 'debug', text })
      // hosts that were turned away together should not come back together
      await sleep(wait * (0.5 + Math.random()), undefined, { signal }).catch(() => {
        throw error
      })
    }
  }
}

async function bothOrNeither<T>(streaming: Promise<Duplex>, reading: Promise<T>): Promise<[Duplex, T]> {
  const [stream, read] = await Promise.allSettled([streaming, reading])
  if (stream.status === 'rejected') throw stream.reason
  if (read.status === 'fulfilled') return [stream.value, read.value]
  stream.value.destroy()
  throw read.reason
}

async function known(files: readonly string[], hop: Hop) {
  try {
    return await readKnownHosts(files)
  } catch (error) {
    const hint = `known host keys are looked up in ${files.join(' and ')}: make them readable`
    throw new Unreachable({ host: hop.host, step: connectStep(hop), got: wordsOf(error), hint, cause: error })
  }
}

async function streamTo(hop: Hop, before: Connection | undefined, signal: AbortSignal): Promise<Duplex> {
  if (before === undefined) return tcp(hop, signal)
  try {
    return await before.forward(hop.address, hop.port, signal)
  } catch (error) {
    if (!(error instanceof ForwardRefused)) throw error
    const { got, hint } = error
    throw new Unreachable({
      host: hop.host,
      step: connectStep(hop),
      got: `the jump host says: ${got}`,
      hint,
      cause: error,
    })
  }
}
