import { readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import type { TestLab } from './lab/lab.ts'

export const day = 86_400_000
/** The program as it is run by a clock that is so many ms off. */
const byClock = (ms: number) => {
  const text = `const real = Date, off = ${ms}; globalThis.Date = class extends real {
    constructor(...given) { given.length ? super(...given) : super(real.now() + off) }
    static now() { return real.now() + off }
  }`
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(text)}` } }
}
/** The clock by which certificates are made that are good for so many ms from now. */
export const goodFor = (ms: number) => byClock(ms - 3649 * day)

/** The certificates go, as where none was ever made. */
export async function forget(lab: TestLab): Promise<void> {
  const file = path.join(lab.folder, '.dman', lab.name, 'secrets.json')
  const known = JSON.parse(await readFile(file, 'utf8')) as { made: string[]; tls?: unknown }
  delete known.tls
  await writeFile(file, JSON.stringify({ ...known, made: known.made.filter((name) => !name.startsWith('tls:')) }))
}

/** What came back on a connection that was told a word once it was ready, or why there was none. */
export const told = (socket: Socket, ready: 'connect' | 'secureConnect', word = 'srvr'): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.setTimeout(10_000, () => socket.destroy(new Error('nothing came')))
    socket.once(ready, () => socket.write(`${word}\n`))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.on('close', () => resolve(text))
  })
