// sshd's of a test's own: on loopback addresses, in a scratch folder, each ended by its pid.
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync)
export const user = userInfo().username
export const isRoot = userInfo().uid === 0

export type KeyKind = 'ed25519' | 'ecdsa' | 'rsa'

export interface Server {
  readonly address: string
  readonly port: number
  readonly pid: number
  /** `type base64` of each host key */
  readonly keys: readonly string[]
  log(): string
  stop(): Promise<void>
}

export interface Scratch {
  readonly folder: string
  /** path of a fresh key pair */
  key(name: string, kind?: KeyKind, passphrase?: string): string
  /** `type base64` of a key pair's public half */
  publicOf(path: string): string
  write(name: string, text: string): string
  serve(options?: {
    address?: string
    port?: number
    hostKeys?: readonly string[]
    authorized?: readonly string[]
    config?: readonly string[]
    /** files in the place of the machine's own, by its path; needs root */
    instead?: Readonly<Record<string, string>>
  }): Promise<Server>
  end(): Promise<void>
}

export function newScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'dman-ssh-'))
  chmodSync(folder, 0o755)
  const servers: Server[] = []
  let count = 0
  const publicOf = (path: string) => readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim()
  const key: Scratch['key'] = (name, kind = 'ed25519', passphrase = '') => {
    const path = join(folder, name)
    execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', passphrase, '-C', name, '-f', path, '-a', '4'])
    return path
  }
  const write: Scratch['write'] = (name, text) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  return {
    folder,
    key,
    publicOf,
    write,
    async serve({ address = '127.0.0.1', port, hostKeys, authorized = [], config = [], instead = {} } = {}) {
      const name = `sshd${++count}`
      const bound = port ?? (await freePort(address))
      const keys = hostKeys ?? [key(`${name}_host`)]
      const log = join(folder, `${name}.log`)
      write(`${name}.authorized`, authorized.map((path) => `${publicOf(path)}\n`).join(''))
      const file = write(
        `${name}.conf`,
        [
          // sshd takes the first value of each
          ...config,
          `ListenAddress ${address}`,
          `Port ${bound}`,
          ...keys.map((path) => `HostKey ${path}`),
          `AuthorizedKeysFile ${join(folder, `${name}.authorized`)}`,
          `PidFile ${join(folder, `${name}.pid`)}`,
          ...['UsePAM no', 'StrictModes no', 'PermitRootLogin yes', 'LogLevel VERBOSE', 'UseDNS no'],
          '',
        ].join('\n'),
      )
      if (isRoot) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
      const child = start(['-D', '-e', '-f', file], log, instead)
      await listening(address, bound, child, log)
      const server: Server = {
        address,
        port: bound,
        pid: child.pid ?? 0,
        keys: keys.map(publicOf),
        log: () => readFileSync(log, 'utf8'),
        async stop() {
          if (child.exitCode !== null || child.signalCode !== null) return
          const gone = once(child, 'exit')
          child.kill('SIGTERM')
          await gone
        },
      }
      servers.push(server)
      return server
    },
    async end() {
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Everything goes by absolute paths: sshd executes itself again for each connection, from `/`. */
function start(args: readonly string[], log: string, instead: Readonly<Record<string, string>>): ChildProcess {
  const line = [sshd ?? 'sshd', ...args].map((word) => `'${word}'`).join(' ')
  const command = `exec ${line} >>'${log}' 2>&1`
  const mounts = Object.entries(instead).map(([path, file]) => `mount --bind '${file}' ${path} && `)
  const shell = ['/bin/sh', '-c', mounts.join('') + command]
  const [file = '', ...words] = mounts.length === 0 ? shell : ['unshare', '-m', ...shell]
  return spawn(file, words, { stdio: 'ignore' })
}

async function listening(address: string, port: number, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`)
    if (await answers(address, port)) return
    await sleep(20)
  }
  throw new Error(`sshd does not listen on ${address}:${port}`)
}

const answers = (address: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, address)
    socket.once('error', () => resolve(false))
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
  })

export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return bound.port
}
