import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, type TestContext } from 'vitest'
import { type Document, parseDocument } from 'yaml'
import { existing, hostOf } from '../../../scripts/lab.d/lab.mjs'
import { within } from '../../../scripts/lab.d/namespaces.mjs'
import { type Outcome, repository, runCommand, type RunOptions, startCommand, type Started } from './run.ts'

export type Kind = 'namespaces' | 'loopback'

export interface LabHost {
  readonly name: string
  readonly id: number
  readonly address: string
  readonly port: number
  /** up, off, cut, or `up, no sshd` */
  readonly state: string
}

export interface LabOptions {
  /** how many at first; 3 */
  readonly hosts?: number
  /** else DMAN_LAB_KIND, else what this machine can do */
  readonly kind?: Kind
  /** as mount's size= takes it */
  readonly homeSize?: string
}

/** Test hosts for one suite, and the program run against them as its user would. */
export interface TestLab {
  readonly name: string
  readonly kind: Kind
  readonly hosts: readonly LabHost[]
  /** the suite's own folder: inventory.yml, config/ and, once the program ran, .dman/ */
  readonly folder: string
  readonly inventory: string
  /** for `ssh -F` */
  readonly sshConfig: string
  /** `scripts/lab ARGS --name …`; rejects with its stderr where it fails */
  lab(...args: string[]): Promise<Outcome>
  /** More hosts, with the next ids; the inventory gets them unless it was changed. */
  grow(hosts: number): Promise<void>
  cut(...hosts: string[]): Promise<Outcome>
  heal(...hosts: string[]): Promise<Outcome>
  reboot(...hosts: string[]): Promise<Outcome>
  off(...hosts: string[]): Promise<Outcome>
  on(...hosts: string[]): Promise<Outcome>
  /** On a host, in the login user's home: a text is for a shell, an array is run as it is. Not by ssh: it works while the host is cut. */
  exec(host: string, command: string | readonly string[], options?: RunOptions & { root?: boolean }): Promise<Outcome>
  /** `dman-bootstrap ARGS` to its end */
  run(...args: string[]): Promise<Outcome>
  runWith(options: RunOptions, ...args: string[]): Promise<Outcome>
  /** what each `dman-bootstrap` of this suite that ended was told and has printed */
  readonly said: readonly string[]
  /** `dman-bootstrap ARGS`, under way: to be waited for, or killed */
  start(...args: string[]): Started
  /**
   * A changed copy of the inventory, beside it (so with the same .dman), or in another folder (so without).
   * @returns its path
   */
  edit(change: (inventory: Document) => void, options?: { name?: string; folder?: string }): Promise<string>
  /** Skips a test, with a reason that is printed, where this kind of lab cannot do what it needs. */
  needs(context: TestContext, kind: Kind): void
  /** Likewise where the login on its hosts is root, whom no mode keeps out. */
  needsModes(context: TestContext): void
}

const script = path.join(repository, 'scripts/lab')
const program = path.join(repository, 'dist/dman-bootstrap.js')

/** `dman-bootstrap ARGS` without a lab. */
export const runProgram = (args: readonly string[], options?: RunOptions): Promise<Outcome> =>
  startProgram(args, options).done

const startProgram = (args: readonly string[], options?: RunOptions): Started =>
  startCommand([process.execPath, program, ...args], options)

/** `scripts/lab ARGS`, whatever its status. */
export const labCommand = (...args: string[]): Promise<Outcome> => runCommand([script, ...args])

/** A name that says whose lab it is: those of test processes that are gone are taken down by the next. */
export const labName = () => `test-${process.pid}-${randomBytes(3).toString('hex')}`

/**
 * Brings a lab up before the tests of the suite (or file) it is called in, and takes it down after them. With DMAN_KEEP_LAB set
 * the lab and its folder stay, for a look at what went wrong.
 */
export function withLab(options: LabOptions = {}): TestLab {
  const name = labName()
  const now = { folder: '', kind: 'namespaces' as Kind, hosts: [] as readonly LabHost[], sshConfig: '' }
  beforeAll(async () => {
    await removeLeftovers()
    now.folder = await mkdtemp(path.join(tmpdir(), `${name}-`))
    await up(name, { ...options, folder: now.folder })
    Object.assign(now, await look(name))
  })
  afterAll(async () => {
    if (process.env.DMAN_KEEP_LAB) {
      console.log(`kept: scripts/lab status --name ${name}; ${now.folder}`)
      return
    }
    await must(['down', '--name', name])
    if (now.folder !== '') await rm(now.folder, { recursive: true, force: true })
  })
  const file = () => path.join(now.folder, 'inventory.yml')
  let edits = 0
  return {
    name,
    get kind() {
      return now.kind
    },
    get hosts() {
      return now.hosts
    },
    get folder() {
      return now.folder
    },
    get inventory() {
      return file()
    },
    get sshConfig() {
      return now.sshConfig
    },
    async grow(hosts) {
      await must(['up', String(hosts), '--name', name])
      Object.assign(now, await look(name))
    },
    async edit(change, { name: as = `inventory-${++edits}.yml`, folder = now.folder } = {}) {
      const document = parseDocument(await readFile(file(), 'utf8'))
      if (folder !== now.folder) document.setIn(['trees', 'app', 'from'], path.join(now.folder, 'config'))
      change(document)
      await writeFile(path.join(folder, as), document.toString())
      return path.join(folder, as)
    },
    needs(context, kind) {
      context.skip(now.kind !== kind, `hosts of the kind ${now.kind} cannot do this, it needs ${kind}`)
    },
    needsModes(context) {
      const isRoot = now.kind === 'loopback' && process.getuid?.() === 0
      context.skip(isRoot, 'root reads everything, and hosts of the kind loopback have its login here')
    },
    ...commandsOf(name),
    ...programOf(),
  }
}

function programOf() {
  const said: string[] = []
  const start = (options: RunOptions, ...args: string[]): Started => {
    const started = startProgram(args, options)
    void started.done.then(
      ({ stdout, stderr }) => said.push(`${args.join(' ')}\n${stdout}${stderr}`),
      () => undefined,
    )
    return started
  }
  return {
    said,
    run: (...args: string[]) => start({}, ...args).done,
    runWith: (options: RunOptions, ...args: string[]) => start(options, ...args).done,
    start: (...args: string[]) => start({}, ...args),
  }
}

const commandsOf = (name: string) => ({
  lab: (command: string, ...args: string[]) => must([command, '--name', name, ...args]),
  cut: (...hosts: string[]) => must(['cut', '--name', name, ...hosts]),
  heal: (...hosts: string[]) => must(['heal', '--name', name, ...hosts]),
  reboot: (...hosts: string[]) => must(['reboot', '--name', name, ...hosts]),
  off: (...hosts: string[]) => must(['off', '--name', name, ...hosts]),
  on: (...hosts: string[]) => must(['on', '--name', name, ...hosts]),
  exec: (host: string, command: string | readonly string[], options: RunOptions & { root?: boolean } = {}) =>
    runCommand(
      entering(name, host, command, options.root === true) ?? [
        ...[script, 'exec', '--name', name, ...(options.root === true ? ['--root'] : []), host],
        ...[command].flat(),
      ],
      options,
    ),
})

/** What `scripts/lab exec` would run, without a process of its own for it: hosts are asked often. Undefined where it has more to do or to say. */
function entering(name: string, host: string, command: string | readonly string[], root: boolean) {
  const lab = existing(name)
  if (lab.kind !== 'namespaces') return undefined
  const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  try {
    return words.length < 2 ? undefined : within(lab, hostOf(lab, host), words, { root })
  } catch {
    return undefined
  }
}

async function up(name: string, { hosts = 3, kind, homeSize, folder }: LabOptions & { folder: string }) {
  const asked = kind ?? process.env.DMAN_LAB_KIND
  const more = [...(asked ? ['--kind', asked] : []), ...(homeSize === undefined ? [] : ['--home-size', homeSize])]
  await must(['up', String(hosts), '--name', name, '--inventory', folder, ...more])
}

async function look(name: string) {
  const status = (await must(['status', '--json', '--name', name])).json()
  const { kind, hosts, ssh_config: sshConfig } = status as { kind: Kind; hosts: LabHost[]; ssh_config: string }
  return { kind, hosts, sshConfig }
}

async function must(args: readonly string[]): Promise<Outcome> {
  const outcome = await labCommand(...args)
  if (outcome.code !== 0) throw new Error(`scripts/lab ${args.join(' ')}: ${String(outcome.code)}\n${outcome.stderr}`)
  return outcome
}

/** Labs of test processes that ended before they could take them down. */
async function removeLeftovers() {
  const labs = (await must(['list', '--json'])).json() as { name: string }[]
  for (const { name } of labs) {
    const pid = /^test-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await must(['down', '--name', name])
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
