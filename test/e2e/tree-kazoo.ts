import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const reader = path.join(import.meta.dirname, 'tree-reader.py')

/** One znode as kazoo sees it; permissions of an ACL are ZooKeeper's bits. */
export interface Seen {
  data: Buffer
  version: number
  mzxid: number
  acl: string[]
}

/** A folder for PYTHONPATH with kazoo in it, in the user's cache; '' where Python has its own. */
async function kazoo(): Promise<string> {
  const own = await run('python3', ['-c', 'import kazoo']).then(
    () => true,
    () => false,
  )
  if (own) return ''
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'dman-bootstrap')
  const folder = path.join(cache, 'kazoo-2.11.0')
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  if (there) return folder
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(`${folder}-`)
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', fresh, 'kazoo==2.11.0']).catch(
    (error: unknown) => {
      throw new Error('no kazoo to read with: install python3-kazoo, or python3-pip', { cause: error })
    },
  )
  // Of two that made it at once, either will do.
  await rename(fresh, folder).catch(() => undefined)
  return folder
}

async function python(args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, PYTHONPATH: await kazoo() }
  const { stdout } = await run('python3', [reader, ...args], { env, maxBuffer: 256 * 1024 * 1024 })
  return JSON.parse(stdout)
}

/** All znodes at and below the paths, read by kazoo without credentials. */
export async function readByKazoo(server: string, ...paths: readonly string[]): Promise<Map<string, Seen>> {
  const all = (await python([server, 'read', ...paths])) as Record<string, Omit<Seen, 'data'> & { data: string }>
  return new Map(Object.entries(all).map(([at, seen]) => [at, { ...seen, data: Buffer.from(seen.data, 'base64') }]))
}

/** What comes of a write by kazoo without credentials: `written` or the name of the exception. */
export const writeByKazoo = (server: string, at: string, text: string): Promise<unknown> =>
  python([server, 'write', at, text])
