import { existsSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ArchiveSource } from '../../src/inventory/inventory.ts'
import { obtain, obtainArchives } from '../../src/local/obtain.ts'
import { Failure, Failures } from '../../src/model/failure.ts'
import {
  cleanUp,
  javaEntries,
  scratch,
  serve,
  sha,
  tarball,
  type TestServer,
  zookeeperEntries,
} from './archives-server.ts'

let server: TestServer, other: TestServer
let java: Buffer, zookeeper: Buffer
let folder = ''
let events: string[] = []

beforeAll(async () => {
  ;[server, other, java, zookeeper] = await Promise.all([
    serve(),
    serve(),
    tarball(javaEntries),
    tarball(zookeeperEntries),
  ])
})
afterAll(async () => {
  await server.close()
  await other.close()
  cleanUp()
})
beforeEach(() => {
  folder = scratch()
  events = []
  server.answers.clear()
  server.asked.length = 0
})

const options = (more: object = {}) => ({
  emit: (event: { task: string; is: string }) => void events.push(`${event.task} ${event.is}`),
  deadline: AbortSignal.timeout(20_000),
  cache: join(folder, 'cache'),
  ca: `${server.ca}${other.ca}`,
  ...more,
})

function file(name: string, bytes: Buffer): { from: 'path'; path: string } {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return { from: 'path', path }
}

const url = (path: string, checksum: string): ArchiveSource => ({ from: 'url', url: server.base + path, checksum })

async function failureOf(kind: 'java' | 'zookeeper', source: ArchiveSource, more: object = {}): Promise<Failure> {
  const thrown: unknown = await obtain(kind, source, options(more)).catch((error: unknown) => error)
  if (!(thrown instanceof Failure)) throw new Error(`no Failure but ${String(thrown)}`)
  return thrown
}

describe('a path', () => {
  test('is digested and listed, remembered, and read again only when the file has changed', async () => {
    const source = file('jre.tar.gz', java)
    const first = await obtain('java', source, options())
    expect(first).toEqual({
      kind: 'java',
      path: source.path,
      size: java.length,
      sha256: sha('sha256', java).slice(7),
      release: `java-${sha('sha256', java).slice(7, 19)}`,
      unpackedBytes: 4096 * (1 + 1 + 49),
      entries: 3,
      version: '17.0.12',
      arch: 'x86_64',
      glibc: '2.17',
      libc: 'glibc',
    })
    expect(events.at(0)).toBe('archives/java begun')
    expect(events.at(-1)).toBe('archives/java ended')
    events = []
    expect(await obtain('java', { ...source, checksum: sha('sha256', java) }, options())).toEqual(first)
    expect(events).toEqual([])
    // the same bytes with another time are another file
    utimesSync(source.path, 1, 1)
    expect(await obtain('java', source, options())).toEqual(first)
    expect(events).not.toEqual([])
  })

  test('a checksum of either kind is verified, also where the digest is remembered', async () => {
    const source = file('zk.tar.gz', zookeeper)
    const archive = await obtain(
      'zookeeper',
      { ...source, checksum: sha('sha512', zookeeper), version: '3.9.5' },
      options(),
    )
    expect(archive).toMatchObject({ version: '3.9.5', logging: 'logback' })
    const wrong = await failureOf('zookeeper', { ...source, checksum: sha('sha512', java) })
    expect(wrong).toMatchObject({ step: `verify ${source.path}`, exit: 3 })
  })

  test('memory that is garbage, or of a later version, does no harm', async () => {
    const source = file('jre.tar.gz', java)
    await mkdir(join(folder, 'cache'))
    const memory = join(folder, 'cache', 'archives.json')
    for (const text of ['garbage', '{"format":2,"archives":[]}']) {
      writeFileSync(memory, text)
      expect((await obtain('java', source, options())).version).toBe('17.0.12')
    }
    expect(await readFile(memory, 'utf8')).toBe('{"format":2,"archives":[]}')
  })

  test('two runs at once leave a memory that is whole', async () => {
    const sources = Array.from({ length: 6 }, (_, i) => file(`jre-${i}.tar.gz`, java))
    await Promise.all(sources.map((source) => obtain('java', source, options())))
    const memory = JSON.parse(await readFile(join(folder, 'cache', 'archives.json'), 'utf8')) as { archives: unknown[] }
    expect(memory.archives.length).toBeGreaterThan(0)
    expect(readdirSync(join(folder, 'cache'))).toEqual(['archives.json'])
  })
})

describe('case 7: refused, each for its reason', () => {
  const entry = (more: object) => tarball([...javaEntries, { name: 'jre/x', ...more }])
  test.each([
    ['a wrong checksum', () => java, { checksum: `sha256:${'0'.repeat(64)}` }, /its checksum is sha256:/],
    ['cut short', () => java.subarray(0, java.length - 200), {}, 'it is cut short'],
    ['no gzip', () => Buffer.from('<html>404</html>'), {}, 'it is no .tar.gz'],
    ['nothing', () => Buffer.alloc(0), {}, /cut short|no \.tar\.gz|no tarball|empty/],
    ['ZooKeeper in its place', () => zookeeper, {}, /no Java runtime/],
    ['a name upward', () => entry({ name: 'jre/../../x' }), {}, /leaves its folder/],
    ['an absolute name', () => entry({ name: '/etc/x' }), {}, /absolute path/],
    ['a device', () => entry({ type: 'character-device' }), {}, /is a character-device/],
    ['a link that leaves', () => entry({ type: 'symlink', linkname: '../../etc/passwd' }), {}, /out of the archive/],
    ['a hard link that leaves', () => entry({ type: 'link', linkname: '/etc/passwd' }), {}, /out of the archive/],
    ['another version', () => java, { version: '21.0.1' }, 'it is version 17.0.12, and the inventory says 21.0.1'],
  ])('%s', async (_, bytes, more, got) => {
    const source = { ...file('bad.tar.gz', await bytes()), ...more }
    const failure = await failureOf('java', source)
    expect(failure.got).toMatch(got)
    expect(failure.exit).toBe(3)
    expect(failure.step).toContain(source.path)
    // not remembered as good, and told again
    expect((await failureOf('java', source)).got).toMatch(got)
  })

  test('a garbled archive with a checksum is told by the checksum', async () => {
    const source = file('bad.tar.gz', java.subarray(0, java.length / 2))
    expect((await failureOf('java', { ...source, checksum: sha('sha256', java) })).step).toMatch(/^verify /)
  })

  test('a tarball whose gzip is whole but whose tar is cut', async () => {
    const { gunzipSync, gzipSync } = await import('node:zlib')
    const source = file('bad.tar.gz', gzipSync(gunzipSync(java).subarray(0, 100_000)))
    expect((await failureOf('java', source)).got).toBe('it is cut short')
  })

  test('both archives at once', async () => {
    const sources = { java: file('a.tar.gz', zookeeper), zookeeper: { archive: file('b.tar.gz', java) } }
    const thrown: unknown = await obtainArchives(sources as never, options()).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(Failures)
    expect((thrown as Failures).all.map(({ got }) => got.slice(0, 12))).toEqual(['it is no Jav', 'it is no Zoo'])
  })

  test('a file that is not there', async () => {
    expect(await failureOf('java', { from: 'path', path: join(folder, 'none') })).toMatchObject({ got: 'ENOENT' })
  })
})

describe('an https URL', () => {
  test('is fetched once, verified and kept by its checksum', async () => {
    server.answers.set('/jre.tar.gz', { to: '/moved/jre.tar.gz?token=1' }).set('/moved/jre.tar.gz?token=1', java)
    const source = url('/jre.tar.gz', sha('sha256', java))
    const archive = await obtain('java', source, options())
    expect(archive.path).toBe(join(folder, 'cache', 'downloads', `sha256-${archive.sha256}.tar.gz`))
    expect(statSync(archive.path).mode & 0o777).toBe(0o600)
    expect(server.asked).toHaveLength(2)
    expect(await obtain('java', source, options())).toEqual(archive)
    expect(server.asked).toHaveLength(2)
    // what was spoilt in the cache is fetched anew
    truncateSync(archive.path, 1000)
    expect((await obtain('java', source, options())).sha256).toBe(archive.sha256)
    expect(server.asked).toHaveLength(4)
  })

  test.each([
    ['case 7: a wrong checksum', () => java, 3, /its checksum is/],
    ['case 7: cut short', () => ({ cut: java }), 1, /cut|aborted|premature/i],
    [
      'a redirect to http',
      () => ({ to: 'http://localhost:1/x' }),
      1,
      'it redirects to http://localhost:1/x, which is no https URL',
    ],
    ['redirects without end', () => ({ to: '/x.tar.gz' }), 1, 'more than 5 redirects'],
    ['not there', () => undefined, 1, '404 not found'],
    ['a server that falls silent', () => ({ hang: true as const }), 1, /no byte for/],
  ])('%s leaves nothing', async (name, answer, exit, got) => {
    const given = answer()
    if (given !== undefined) server.answers.set('/x.tar.gz', given)
    const checksum = sha('sha256', name.includes('wrong') ? zookeeper : java)
    const failure = await failureOf('java', url('/x.tar.gz', checksum), { stall: 500 })
    expect(failure.got).toMatch(got)
    expect(failure.exit).toBe(exit)
    expect(readdirSync(join(folder, 'cache', 'downloads'))).toEqual([])
  })

  test('a certificate that nobody vouches for, a server that is not there, and no time left', async () => {
    const source = url('/x.tar.gz', sha('sha256', java))
    expect((await failureOf('java', source, { ca: other.ca })).got).toMatch(/^its certificate is not trusted/)
    const nowhere: ArchiveSource = { from: 'url', url: 'https://localhost:1/x', checksum: sha('sha256', java) }
    expect((await failureOf('java', nowhere)).got).toBe('the server refuses the connection')
    server.answers.set('/x.tar.gz', { hang: true })
    expect((await failureOf('java', source, { deadline: AbortSignal.timeout(300) })).got).toMatch(
      /it was interrupted, or its time is over/,
    )
  })
})

describe("Apache's own archive", () => {
  const name = 'zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz'
  const source: ArchiveSource = { from: 'apache', version: '3.9.5' }
  const apache = () => ({
    archives: [`${server.base}/mirror`, `${server.base}/archive`],
    checksums: [`${server.base}/sums`],
  })
  const sum = (bytes: Buffer) => Buffer.from(`${sha('sha512', bytes).slice(7)}  apache-zookeeper-3.9.5-bin.tar.gz\n`)

  test('is verified by the published checksum; neither is asked for twice', async () => {
    server.answers.set(`/mirror/${name}`, zookeeper).set(`/sums/${name}.sha512`, sum(zookeeper))
    const archive = await obtain('zookeeper', source, options({ apache: apache() }))
    expect(archive).toMatchObject({ version: '3.9.5', sha256: sha('sha256', zookeeper).slice(7) })
    expect(await obtain('zookeeper', source, options({ apache: apache() }))).toEqual(archive)
    expect(server.asked).toEqual([`/sums/${name}.sha512`, `/mirror/${name}`])
  })

  test('an old release comes from the archive', async () => {
    server.answers.set(`/archive/${name}`, zookeeper).set(`/sums/${name}.sha512`, sum(zookeeper))
    expect((await obtain('zookeeper', source, options({ apache: apache() }))).version).toBe('3.9.5')
  })

  test('case 7: a mirror whose archive is not what Apache published is not believed', async () => {
    server.answers.set(`/mirror/${name}`, java).set(`/sums/${name}.sha512`, sum(zookeeper))
    server.answers.set(`/mirror/${name}.sha512`, sum(java))
    const failure = await failureOf('zookeeper', source, { apache: apache() })
    expect(failure).toMatchObject({ step: 'verify apache-zookeeper-3.9.5-bin.tar.gz', exit: 1 })
    expect(
      existsSync(join(folder, 'cache', 'downloads')) ? readdirSync(join(folder, 'cache', 'downloads')) : [],
    ).toEqual([])
  })

  test('a checksum that comes from elsewhere is not taken', async () => {
    other.answers.set('/sum', sum(zookeeper))
    server.answers.set(`/mirror/${name}`, zookeeper).set(`/sums/${name}.sha512`, { to: `${other.base}/sum` })
    const failure = await failureOf('zookeeper', source, { apache: apache() })
    expect(failure.got).toContain("which is not Apache's own site")
    expect(server.asked).not.toContain(`/mirror/${name}`)
  })

  test('a release that Apache does not have, and a checksum file of another', async () => {
    expect(await failureOf('zookeeper', source, { apache: apache() })).toMatchObject({
      got: 'Apache has no such release',
      exit: 3,
    })
    server.answers.set(`/sums/${name}.sha512`, Buffer.from(`${'0'.repeat(128)}  apache-zookeeper-3.9.4-bin.tar.gz`))
    expect((await failureOf('zookeeper', source, { apache: apache() })).got).toContain('holds no sha512 of')
  })

  test('a checksum file without an end is given up once it is larger than any is', async () => {
    const padded = (size: number) => Buffer.concat([sum(zookeeper), Buffer.alloc(size, '\n')]).subarray(0, size)
    server.answers.set(`/mirror/${name}`, zookeeper).set(`/sums/${name}.sha512`, padded(65_537))
    expect((await failureOf('zookeeper', source, { apache: apache() })).got).toBe(
      'it is far too long for what it should be',
    )
    expect(server.asked).not.toContain(`/mirror/${name}`)
    server.answers.set(`/sums/${name}.sha512`, padded(65_536))
    expect((await obtain('zookeeper', source, options({ apache: apache() }))).version).toBe('3.9.5')
  })

  test('a checksum in the inventory counts as well', async () => {
    server.answers.set(`/mirror/${name}`, zookeeper).set(`/sums/${name}.sha512`, sum(zookeeper))
    const wrong = { ...source, checksum: sha('sha512', java) }
    expect(await failureOf('zookeeper', wrong, { apache: apache() })).toMatchObject({ exit: 3 })
    const right = { ...source, checksum: sha('sha256', zookeeper) }
    expect((await obtain('zookeeper', right, options({ apache: apache() }))).version).toBe('3.9.5')
  })
})
