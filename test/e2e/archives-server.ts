import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

const made: string[] = []

/** A folder of the test's own; `cleanUp` removes all of them. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dman-archives-'))
  made.push(folder)
  return folder
}

export function cleanUp(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export const sha = (algorithm: 'sha256' | 'sha512', bytes: Buffer): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`

/** A .tar.gz of entries; text makes a file. */
export async function tarball(
  entries: readonly (Partial<Header> & { name: string; text?: string | Buffer })[],
): Promise<Buffer> {
  const tar = pack()
  for (const { text, ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, text ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

const elf = Buffer.alloc(200_000, '.')
elf.write('\x7fELF', 'latin1')
elf[5] = 1
elf.writeUInt16LE(62, 18)
elf.write('GLIBC_2.17\0', 150_000)

export const javaEntries = [
  { name: 'jre/', type: 'directory' as const },
  { name: 'jre/release', text: 'JAVA_VERSION="17.0.12"\n' },
  { name: 'jre/bin/java', text: elf, mode: 0o755 },
]
export const zookeeperEntries = [
  { name: 'apache-zookeeper-3.9.5-bin/lib/zookeeper-3.9.5.jar', text: 'PK' },
  { name: 'apache-zookeeper-3.9.5-bin/lib/logback-classic-1.3.15.jar', text: 'PK' },
]

/** What a path answers: bytes, an address to go to, or bytes cut off half-way. */
export type Answer = Buffer | { to: string } | { cut: Buffer } | { hang: true }

export interface TestServer {
  readonly base: string
  readonly ca: string
  readonly asked: string[]
  readonly answers: Map<string, Answer>
  close(): Promise<void>
}

/** An https server with a certificate of its own for `localhost` and 127.0.0.1. */
export async function serve(): Promise<TestServer> {
  const folder = scratch()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' }) // prettier-ignore
  const ca = readFileSync(cert, 'utf8')
  const answers = new Map<string, Answer>()
  const asked: string[] = []
  const server: Server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    asked.push(request.url ?? '')
    const answer = answers.get(request.url ?? '')
    if (answer === undefined) response.writeHead(404).end('not found')
    else if (Buffer.isBuffer(answer)) response.writeHead(200, { 'content-length': answer.length }).end(answer)
    else if ('to' in answer) response.writeHead(302, { location: answer.to }).end()
    else if ('hang' in answer) response.writeHead(200, { 'content-length': 100 }).write('x')
    else {
      response.writeHead(200, { 'content-length': answer.cut.length })
      response.write(answer.cut.subarray(0, answer.cut.length / 2), () => response.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => {
        resolve()
      })
    })
  return { base: `https://localhost:${port}`, ca, asked, answers, close }
}
