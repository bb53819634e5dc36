import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { runCommand } from './lab/run.ts'

const run = promisify(execFile)
const reader = path.join(import.meta.dirname, 'tree-reader.py')
const pyenv = path.join(process.env['PYENV_ROOT'] ?? path.join(homedir(), '.pyenv'), 'versions')
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'dman-bootstrap')

/** A Python, and the folder that it finds kazoo in: '' where it has its own. */
export interface Kazoo {
  python: string
  folder: string
}

/** One znode as kazoo sees it; permissions of an ACL are ZooKeeper's bits. */
export interface Seen {
  data: Buffer
  version: number
  mzxid: number
  acl: string[]
}

const works = (python: string, code: string, folder = ''): Promise<boolean> =>
  run(python, ['-c', code], { env: { ...process.env, PYTHONPATH: folder } }).then(
    () => true,
    () => false,
  )

/** The first of that kind that runs; with pyenv also one that is not on the PATH. */
async function interpreter(major: '2' | '3'): Promise<string | undefined> {
  const installed = (await readdir(pyenv).catch(() => [])).filter((name) => name.startsWith(`${major}.`))
  for (const python of [`python${major}`, ...installed.map((name) => path.join(pyenv, name, 'bin/python'))])
    if (await works(python, `import sys; assert sys.version_info[0] == ${major}`)) return python
  return undefined
}

/** That kazoo for that Python, from PyPI into the user's cache, else the one it has; or why there is none. */
export async function kazoo(major: '2' | '3', version: string): Promise<Kazoo | { why: string }> {
  const python = await interpreter(major)
  if (python === undefined) return { why: `there is no Python ${major} here` }
  const { folder, why } = await fromPyPI(python, `kazoo==${version}`)
  if (why === undefined) return { python, folder }
  return (await works(python, 'import kazoo')) ? { python, folder: '' } : { why }
}

/** zk-shell of Python 3 from PyPI, or why there is none. */
export async function zkShell(): Promise<Kazoo | { why: string }> {
  const python = await interpreter('3')
  if (python === undefined) return { why: 'there is no Python 3 here' }
  const { folder, why } = await fromPyPI(python, 'zk_shell==1.3.4')
  return why === undefined ? { python, folder } : { why }
}

/** A package with all that it needs, in a folder of its own in the user's cache; or why it is not there. */
async function fromPyPI(python: string, wanted: string): Promise<{ folder: string; why: string | undefined }> {
  const folder = path.join(cache, wanted.replace('==', '-'))
  const why = await access(folder).then(
    () => undefined,
    () => install(python, wanted, folder),
  )
  return { folder, why }
}

async function install(python: string, wanted: string, folder: string): Promise<string | undefined> {
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(`${folder}-`)
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--target', fresh, wanted])
    // Of two that made it at once, either will do.
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }))
    return undefined
  } catch (error) {
    await rm(fresh, { recursive: true })
    return `${wanted} is not to be had: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`
  }
}

/** What the reader prints. */
export async function ranBy({ python, folder }: Kazoo, args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  const { stdout } = await run(python, [reader, ...args], { env, maxBuffer: 256 * 1024 * 1024 })
  return JSON.parse(stdout)
}

/** All znodes at and below the paths, read without credentials, as a program on any machine would. */
export async function readBy(by: Kazoo, server: string, ...paths: readonly string[]): Promise<Map<string, Seen>> {
  const all = (await ranBy(by, [server, 'read', ...paths])) as Record<string, Omit<Seen, 'data'> & { data: string }>
  return new Map(Object.entries(all).map(([name, seen]) => [name, { ...seen, data: Buffer.from(seen.data, 'base64') }]))
}

const create = `
import sys
from kazoo.client import KazooClient
server, path, timeout = sys.argv[1:]
password, text = sys.stdin.read().split("\\n", 1)
client = KazooClient(hosts=server, auth_data=[("digest", "dman:" + password)])
client.start(timeout=int(timeout))
client.create(path, text.encode())
client.stop()
`

/** Makes a znode that the program knows nothing of, in the identity dman; fails where there is no session within so many s. */
export async function createBy(
  { python, folder }: Kazoo,
  server: string,
  password: string,
  at: string,
  text: string,
  within = 30,
) {
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }
  const made = await runCommand([python, '-c', create, server, at, String(within)], {
    env,
    input: `${password}\n${text}`,
  })
  if (made.code !== 0) throw new Error(made.stderr)
}
