import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readBoundedText } from '../disk/bounded.ts'
import type { KnownHostsLine, Verdict } from './known-hosts.ts'
import { judge, knownHostsLine, parseKnownHosts } from './known-hosts.ts'

/** The lines of several known_hosts files, in their order. A file that does not exist is empty; any other trouble rejects. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHostsLine[]> {
  const texts = await Promise.all(files.map(async (file) => parseKnownHosts(await textOf(file), file)))
  return texts.flat()
}

/** Some keep the keys of a whole company in one. */
const largest = 2 ** 26

async function textOf(file: string): Promise<string> {
  try {
    return await readBoundedText(file, largest)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return ''
    throw error
  }
}

let last: Promise<unknown> = Promise.resolve()

/**
 * Records a new host's key at the end of the first file (0600, its folder 0700 where they are made) and answers what the files
 * say of it then: `known`, or what another host's or program's line made of it meanwhile; nothing is written in that case.
 * Hosts that come at once are recorded one after the other; another program's lines stay whole, since it is one appending write.
 */
export function recordKey(files: readonly string[], address: string, port: number, key: Buffer): Promise<Verdict> {
  const turn = last.then(async (): Promise<Verdict> => {
    const verdict = judge(await readKnownHosts(files), address, port, key)
    if (verdict.is !== 'unknown' || files[0] === undefined) return verdict
    await appendLine(files[0], knownHostsLine(address, port, key))
    return { is: 'known' }
  })
  last = turn.catch(() => undefined)
  return turn
}

async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
    await handle.appendFile(`${size > 0 && buffer[0] !== 10 ? '\n' : ''}${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
