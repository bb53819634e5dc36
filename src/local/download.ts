import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../model/failure.ts'
import { shownUrl } from '../model/shown-url.ts'
import { codeOf, syncFolder } from './state.ts'

export interface FetchOptions {
  /** PEM of a CA to trust, in place of the system's; for tests */
  readonly ca?: string | undefined
  readonly deadline: AbortSignal
  /** ms without a byte after which the server is given up */
  readonly stall?: number | undefined
}

/** Something that is not there, so that another place can be tried. */
export class NotThere extends Failure {}

const hops = 5
const local = 'or download it yourself and name its path in the inventory'

function failure(url: string, got: string, cause?: unknown): Failure {
  return new Failure({ step: `download ${shownUrl(url)}`, got, hint: `try again, ${local}`, cause })
}

/** Follows redirects, five at most and to https only. Resolves with the answer 200 and where it came from in the end. */
async function request(url: string, options: FetchOptions): Promise<{ answer: IncomingMessage; from: string }> {
  let at = url
  for (let hop = 0; hop <= hops; hop++) {
    if (!at.startsWith('https://')) throw failure(url, `it redirects to ${shownUrl(at)}, which is no https URL`)
    const answer = await ask(at, options)
    const status = answer.statusCode ?? 0
    if (status === 200) return { answer, from: at }
    answer.destroy()
    const { location } = answer.headers
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined && URL.canParse(location, at))
      at = new URL(location, at).href
    else if (status === 404 || status === 410)
      throw new NotThere({
        step: `download ${shownUrl(at)}`,
        got: `${status} not found`,
        hint: `correct the address, ${local}`,
      })
    else throw failure(at, `the server answers ${status}`)
  }
  throw failure(url, `more than ${hops} redirects`)
}

function ask(url: string, { ca, deadline, stall = 30_000 }: FetchOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'dman-bootstrap', 'accept-encoding': 'identity' }
    let answered: IncomingMessage | undefined
    const call = get(
      url,
      { agent: false, headers, signal: deadline, ...(ca === undefined ? {} : { ca }) },
      (answer) => {
        answered = answer
        resolve(answer)
      },
    )
    call.setTimeout(stall, () => {
      const silent = new Error(`no byte for ${Math.round(stall / 1000)} s`)
      if (answered === undefined) call.destroy(silent)
      else answered.destroy(silent)
    })
    call.on('error', (cause) => {
      reject(failure(url, whyFailed(cause), cause))
    })
  })
}

/** TLS and network errors as they are known by. */
function whyFailed(cause: unknown): string {
  const code = codeOf(cause)
  if (code === 'ABORT_ERR') return 'it was interrupted, or its time is over'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name of the server is not known here'
  if (code === 'ECONNREFUSED') return 'the server refuses the connection'
  if (code === 'ECONNRESET') return 'the connection was cut'
  return /CERT|TLS|SSL|SIGNED|ISSUER/.test(code)
    ? `its certificate is not trusted (${code})`
    : cause instanceof Error
      ? cause.message
      : code
}

/** A small text, such as a checksum file, and the URL that it came from in the end. */
export async function fetchText(
  url: string,
  options: FetchOptions,
  limit = 65_536,
): Promise<{ text: string; from: string }> {
  const { answer, from } = await request(url, options)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw failure(url, 'it is far too long for what it should be')
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : failure(url, whyFailed(cause), cause)
  }
  return { text: Buffer.concat(chunks).toString('utf8'), from }
}

/**
 * Streams a URL into `path`: beside it first, verified by `checksum`, flushed, renamed, so that whatever is at `path` is whole
 * and right. Rejects with a Failure; `wrong` makes the one for a checksum that differs. `progress`: bytes done, of how many.
 */
export async function downloadFile(
  url: string,
  path: string,
  checksum: string,
  options: FetchOptions & { progress: (done: number, total: number) => void; wrong: (got: string) => Failure },
): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  const { answer } = await request(url, options)
  const temporary = join(folder, `.${process.pid}.${randomBytes(4).toString('hex')}.part`)
  const [algorithm = ''] = checksum.split(':')
  const hash = createHash(algorithm)
  const total = Number(answer.headers['content-length'] ?? 0)
  let done = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      done += chunk.length
      hash.update(chunk)
      options.progress(done, Math.max(done, total))
      yield chunk
    }
  }
  try {
    await pipeline(answer, counted, createWriteStream(temporary, { mode: 0o600, flags: 'wx' }), {
      signal: options.deadline,
    })
    const got = `${algorithm}:${hash.digest('hex')}`
    if (got !== checksum) throw options.wrong(got)
    const file = await open(temporary, 'r+')
    await file.sync().finally(() => file.close())
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw cause instanceof Failure ? cause : failure(url, `${whyFailed(cause)} after ${done} bytes`, cause)
  }
}

/** The folder of downloads, without what dead downloads left there more than a day ago. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.part')) continue
      const { mtimeMs } = await stat(join(folder, name))
      if (Date.now() - mtimeMs > 86_400_000) await unlink(join(folder, name))
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return
    throw new Failure({
      step: `make ${folder}`,
      got: codeOf(cause),
      hint: 'set XDG_CACHE_HOME to a folder of yours',
      cause,
    })
  }
}
