import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { openSession, type SessionOptions } from '../../src/zookeeper/session.ts'
import { fourLetterWord, parseSrvr } from '../../src/zookeeper/words.ts'
import type { TestLab } from './lab/lab.ts'
import { expectNoneLost } from './lost.ts'

const world = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }]

/** Acknowledged by a quorum, through that host's member. */
export async function write(lab: TestLab, host: string, at: string): Promise<void> {
  const session = await sessionOf(lab, host)
  try {
    // of an attempt before whose answer was lost
    if ((await session.exists(at)) !== null) return
    await session.multi([{ do: 'create', path: at, data: Buffer.from('acknowledged'), acl: world }])
  } finally {
    await session.close()
  }
}

/** What that host's member holds there, after a sync; undefined where there is nothing. */
export async function read(lab: TestLab, host: string, at: string): Promise<string | undefined> {
  const session = await sessionOf(lab, host)
  try {
    await session.sync(at)
    return (await session.get(at))?.data.toString()
  } finally {
    await session.close()
  }
}

/** What was acknowledged there is there. */
export async function expectKept(lab: TestLab, host: string, at: string, why = host): Promise<void> {
  expectNoneLost((await read(lab, host, at)) === 'acknowledged' ? [] : [at], why)
}

/** A session through that host's member. */
export function sessionOf(
  lab: TestLab,
  host: string,
  auth: SessionOptions['auth'] = [],
  more: Pick<SessionOptions, 'requestTimeout' | 'deadline'> = {},
) {
  return openSession({ dial: dialOf(lab, host), auth, ...more })
}

/** Connections to that host's member. */
export function dialOf(lab: TestLab, host: string) {
  const { address = '' } = lab.hosts.find(({ name }) => name === host) ?? {}
  return async (signal: AbortSignal) => {
    const socket = net.connect({ host: address, port: 2180, noDelay: true, signal })
    await once(socket, 'connect')
    return socket
  }
}

/** Of the last transaction that whoever answers there knows, refused ones included. */
export async function zxidOf(dial: Parameters<typeof fourLetterWord>[0]): Promise<number> {
  const words = parseSrvr(await fourLetterWord(dial, 'srvr', 5000))
  if (words.is !== 'present') throw new Error('srvr has no answer')
  return parseInt(words.value.zxid, 16)
}

const listed = /^server\.(\d+)=[^;]*:(participant|observer);/gm

/** Who belongs, by what that host's member holds in /zookeeper/config: `1 participant`, … by id. */
export async function membersAt(lab: TestLab, host: string): Promise<readonly string[]> {
  const text = (await read(lab, host, '/zookeeper/config')) ?? ''
  return [...text.matchAll(listed)].map(([, id, role]) => `${id} ${role}`).sort()
}

/** The files that the lab's tree is made of, by their znodes. */
export async function seededFiles(lab: TestLab): Promise<Readonly<Record<string, string>>> {
  const from = path.join(lab.folder, 'config')
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const named = files.map(async (file) => {
    const at = path.posix.join('/dman/config', path.relative(from, file)).replace(/\/\.znode$/, '')
    return [at, await readFile(file, 'utf8')] as const
  })
  return Object.fromEntries(await Promise.all(named))
}

/** What that host's member holds at each of these, after a sync. */
export async function readAll(lab: TestLab, host: string, paths: readonly string[]) {
  const session = await sessionOf(lab, host)
  try {
    await session.sync('/')
    const found = paths.map(async (at) => [at, (await session.get(at))?.data.toString()] as const)
    return Object.fromEntries(await Promise.all(found))
  } finally {
    await session.close()
  }
}
