import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Transform } from 'node:stream'
import type { EventBody } from '../../src/model/event.ts'
import { remoteOf } from '../../src/remote/call.ts'
import { takeLock } from '../../src/remote/lock-take.ts'
import { lockedOf } from '../../src/remote/locked.ts'
import type { Locked, Remote } from '../../src/remote/remote.ts'
import type { Token } from '../../src/remote/token.ts'
import type { Channel, Connection, Outcome } from '../../src/ssh/connection.ts'

/** What a minimal host has besides its shell; `crontab` and `getconf` are not relied upon. */
const tools =
  'awk cat chmod date dd env find grep gzip head ln ls mkdir mv readlink rm rmdir sed setsid sha256sum sleep sort stat sync tail tar touch tr uname wc'

export interface Kind {
  readonly name: string
  /** program that stands for /bin/sh */
  readonly shell: string
  /** all tools are busybox's */
  readonly onlyBusybox?: boolean
  /** folder names below the scratch folder; a link means that HOME is a link to `real home` */
  readonly home: string
  readonly link?: boolean
  readonly umask: string
  /** another login shell, which is given the commands */
  readonly login?: string
}

/** As on hosts where a login may leave core files: what stays without them does so by itself. */
export const withCores = 'ulimit -S -c "$(ulimit -H -c)"; '

/** Where a program is on this machine, if it is. */
export const found = (program: string): string | undefined =>
  ['/usr/bin', '/bin', '/usr/local/bin'].map((folder) => path.join(folder, program)).find(existsSync)

/** Every shell with a home and umask of its own kind; shells that this machine lacks are left out. */
export const kinds: readonly Kind[] = [
  { name: 'dash', shell: 'dash', home: 'home', umask: '022' },
  { name: 'bash, home with blanks, umask 000', shell: 'bash', home: "a  home's $(touch no) ü", umask: '000' },
  { name: 'busybox sh, home is a link, umask 077', shell: 'busybox', home: 'linked', link: true, umask: '077' },
  { name: 'busybox alone', shell: 'busybox', home: 'home', umask: '027', onlyBusybox: true },
].filter(({ shell }) => found(shell) !== undefined)

export interface LocalHost {
  readonly connection: Connection
  readonly remote: Remote
  /** $HOME, and the folder of ours below it */
  readonly home: string
  readonly dman: string
  readonly events: EventBody[]
  /** what the login prints before any command */
  banner: string
  lock(token?: string): Promise<{ locked: Locked; token: Token }>
  /** a script of ours as it lands, but for where it finds its tools */
  adapted(text: string): string
  /** runs a command as the user there */
  run(command: string): string
  write(file: string, text: string, mode?: number): void
  /** a fake tool, before the others */
  tool(name: string, text: string): void
  remove(): void
}

const user = process.getuid?.() === 0 ? { uid: 61_234, gid: 61_234 } : {}
const searchPath = /PATH=\/usr\/bin:\/bin(?::\/usr\/sbin:\/sbin)?:\$PATH/g

/** A host that is a scratch folder of this machine: HOME, a shell and a PATH of few tools. */
export function localHost(kind: Kind, inventoryHome = 'dman'): LocalHost {
  const scratch = mkdtempSync(path.join(tmpdir(), 'dman-shell-'))
  const bin = path.join(scratch, 'tools')
  const home = path.join(scratch, kind.home)
  mkdirSync(bin)
  const real = kind.link === true ? path.join(scratch, 'real home') : home
  mkdirSync(real, { mode: 0o755 })
  if (kind.link === true) symlinkSync(real, home)
  chmodSync(scratch, 0o755)
  if (user.uid !== undefined) chownSync(real, user.uid, user.gid)
  const shell = found(kind.shell) ?? kind.shell
  symlinkSync(shell, path.join(bin, 'sh'))
  for (const tool of tools.split(' ')) {
    const program = kind.onlyBusybox === true ? shell : found(tool)
    if (program !== undefined) symlinkSync(program, path.join(bin, tool))
  }
  const getconf = kind.onlyBusybox === true ? undefined : found('getconf')
  if (getconf !== undefined) symlinkSync(getconf, path.join(bin, 'getconf'))
  const sh = path.join(bin, 'sh')
  const adapted = (text: string) => text.replaceAll(searchPath, `PATH='${bin}'`)
  const env = {
    HOME: home,
    PATH: bin,
    USER: 'dman',
    GREP_OPTIONS: '--color=always',
    CDPATH: '/',
    LC_ALL: 'tr_TR.UTF-8',
  }

  const host: LocalHost = {
    home,
    dman: path.join(home, inventoryHome),
    events: [],
    banner: '',
    connection: {
      host: 'zk1',
      exec: (command) =>
        Promise.resolve(channelOf(`umask ${kind.umask}; ${host.banner}${command.replaceAll('/bin/sh', sh)}`)),
      forward: () => Promise.reject(new Error('no forwarding here')),
      goBeside: () => Promise.reject(new Error('no forwarding here')),
      close: () => undefined,
    },
    get remote() {
      return remote
    },
    async lock(token = '0123456789abcdef') {
      const taken = await takeLock(remote, { token, ...holder })
      if (taken.is !== 'taken') throw new Error(`held by ${taken.lock.who}`)
      return { locked: lockedOf(remote, taken.token), token: taken.token }
    },
    adapted,
    run: (command) =>
      execFileSync(sh, ['-c', command], {
        cwd: home,
        env: { ...env, LC_ALL: 'C', PATH: `${bin}:/usr/bin:/bin` },
        encoding: 'utf8',
        ...user,
      }),
    write(file, text, mode = 0o600) {
      const target = path.join(home, inventoryHome, file)
      mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 })
      writeFileSync(target, text, { mode })
      // What runs on the host makes and removes other files meanwhile: that a name is gone by then is no failure.
      if (user.uid !== undefined)
        spawnSync('chown', ['-Rf', String(user.uid), path.join(real, inventoryHome.split('/')[0] ?? '')])
    },
    tool(name, text) {
      rmSync(path.join(bin, name), { force: true })
      writeFileSync(path.join(bin, name), text, { mode: 0o755 })
    },
    remove: () => removeFolder(scratch),
  }
  const remote = remoteOf(host.connection, {
    home: inventoryHome,
    timeout: 30_000,
    emit: (event) => void host.events.push(event),
  })

  function channelOf(command: string): Channel {
    const child = spawn(kind.login ?? sh, ['-c', adapted(command)], { cwd: home, env, stdio: 'pipe', ...user })
    const stdin = new Transform({
      transform: (chunk: Buffer, _encoding, done) =>
        done(null, chunk.length > 1e5 ? chunk : Buffer.from(adapted(chunk.toString('latin1')), 'latin1')),
    })
    stdin.pipe(child.stdin)
    child.stdin.on('error', (error) => stdin.destroy(error))
    return {
      stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      outcome: new Promise<Outcome>((resolve) =>
        child.once('close', (code, signal) =>
          resolve(code === null ? { is: 'signalled', signal: String(signal) } : { is: 'exited', code }),
        ),
      ),
      close() {
        child.stdin.end()
        // as sshd does: what writes on gets a broken pipe, and nobody ends it
        child.stdout.destroy()
        child.stderr.destroy()
      },
    }
  }
  return host
}

/** False for a zombie too: who has to reap it is no matter of ours. */
export function lives(pid: number | string): boolean {
  try {
    return !/^.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

export const holder = {
  who: 'ann@laptop',
  operator: { machine: 'laptop-1', boot: 'boot-1', pid: 4711, start: '99' },
}

/**
 * What was just ended may be writing its last; rmSync's own maxRetries look at a folder's names only once. Releases, and what tests close, let
 * nobody but root remove them.
 */
function removeFolder(folder: string, tries = 50): void {
  try {
    spawnSync('chmod', ['-R', 'u+rwX', folder])
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    if (tries === 0) throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    removeFolder(folder, tries - 1)
  }
}
