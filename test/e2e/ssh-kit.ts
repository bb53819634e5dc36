// What the stories of SSH share: an sshd, a key that opens it, and logging in with nothing of this machine's own ~/.ssh.
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { Failure } from '../../src/model/failure.ts'
import { newMemory } from '../../src/ssh/asking.ts'
import { connect, type ConnectOptions } from '../../src/ssh/connect.ts'
import type { Connection } from '../../src/ssh/connection.ts'
import type { Target } from '../../src/ssh/target.ts'
import { newScratch, type Server, sshd, user } from './ssh-servers.ts'

export const hasSshd = sshd !== undefined
/** A story's title, with the reason where it has to be skipped. */
export const title = (text: string) => (hasSshd ? text : `${text} (skipped: no sshd is installed)`)

export const noTerminal = () => Promise.reject(new Error('there is no terminal'))
export const soon = (ms = 20_000) => AbortSignal.timeout(ms)
export const lineOf = ({ address, port, keys }: Server) => keys.map((key) => `[${address}]:${port} ${key}\n`).join('')
export const fingerprintOf = (key: string) =>
  execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: key, encoding: 'utf8' }).split(' ')[1] ?? ''

/** What came back from a command, and how it ended. */
export async function ran(connection: Connection, command: string) {
  const channel = await connection.exec(command, soon())
  let out = ''
  for await (const chunk of channel.stdout) out += String(chunk)
  return { out, outcome: await channel.outcome }
}

export function* zeros(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(1 << 18)
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk.subarray(0, Math.min(chunk.length, size - sent))
}

/** To be called once a file, at its top: it starts an sshd before the tests and ends all of them after. */
export function kit() {
  const scratch = newScratch()
  const open: Connection[] = []
  let made: { identity: string; server: Server } | undefined
  let count = 0
  beforeAll(async () => {
    if (!hasSshd) return
    const identity = scratch.key('identity')
    made = { identity, server: await scratch.serve({ authorized: [identity] }) }
  })
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close()
  })
  afterAll(() => scratch.end())
  const ready = () => made ?? expect.fail('sshd was not started')
  /** a known_hosts file of that content */
  const known = (content: string) => scratch.write(`known${++count}`, content)
  async function login(to: Target, options: Partial<ConnectOptions> = {}): Promise<Connection> {
    const env = { HOME: scratch.folder }
    const all = { acceptNew: false, prompt: noTerminal, deadline: soon(), env, memory: newMemory(), ...options }
    const connection = await connect(to, all)
    open.push(connection)
    return connection
  }
  return {
    scratch,
    known,
    login,
    server: () => ready().server,
    identity: () => ready().identity,
    target: (to: Server, more: Partial<Target> = {}): Target => ({
      host: 'zk1',
      address: to.address,
      port: to.port,
      user,
      identity: ready().identity,
      knownHosts: known(lineOf(to)),
      jump: [],
      ...more,
    }),
    refusal: (to: Target, options: Partial<ConnectOptions> = {}): Promise<Failure> =>
      login(to, options).then(
        () => expect.fail('the login should have been refused'),
        (error: unknown) => (error instanceof Failure ? error : Promise.reject(error as Error)),
      ),
  }
}
