import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, javaEntries, scratch, sha, tarball, zookeeperEntries } from './archives-server.ts'
import { errors, gots, type Trap, trap } from './faults-kit.ts'
import { runProgram } from './lab/lab.ts'
import { ended } from './up-look.ts'

// Everything here is told before a host is contacted: the hosts are ports that count who comes.

let java: Buffer = Buffer.alloc(0)
let zookeeper: Buffer = Buffer.alloc(0)
const traps: Trap[] = []
const folder = scratch()
const at = (name: string) => path.join(folder, name)
const run = (...args: string[]) => runProgram(args, { env: { XDG_CACHE_HOME: at('cache') }, cwd: folder })

const inventory = (more: { java?: string; zookeeper?: string; trees?: string } = {}) => `
ensemble: input
ssh: { user: dman, known_hosts: ./known_hosts }
hosts:
${traps.map(({ port }, index) => `  zk${index + 1}: { id: ${index + 1}, address: 127.81.0.${index + 1}, ssh: { port: ${port} } }`).join('\n')}
java: { archive: ./jre.tar.gz${more.java ?? ''} }
zookeeper: { archive: ./zookeeper.tar.gz${more.zookeeper ?? ''} }
trees: { app: { path: /dman/config, from: ./config }${more.trees ?? ''} }
`
const write = async (name: string, text: string | Buffer) => {
  await mkdir(path.dirname(at(name)), { recursive: true })
  await writeFile(at(name), text)
}
/** Digest of each file of the folder, but of the cache. */
async function files(): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = all.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const digest = async (name: string) =>
    createHash('sha256')
      .update(await readFile(name))
      .digest('hex')
  const ours = names.filter((name) => !name.startsWith(at('cache'))).sort()
  return Promise.all(ours.map(async (name) => `${name} ${(await stat(name)).mode} ${await digest(name)}`))
}

beforeAll(async () => {
  ;[java, zookeeper] = await Promise.all([tarball(javaEntries), tarball(zookeeperEntries)])
  traps.push(...(await Promise.all([1, 2, 3].map((id) => trap(`127.81.0.${id}`)))))
})
afterAll(async () => {
  await Promise.all(traps.map((one) => one.close()))
  cleanUp()
})
afterEach(async () => {
  await rm(at('.dman'), { recursive: true, force: true })
  for (const { contacts } of traps) expect(contacts()).toBe(0)
})

const whole = async () => {
  await Promise.all([
    write('jre.tar.gz', java),
    write('zookeeper.tar.gz', zookeeper),
    write('inventory.yml', inventory()),
    rm(at('config'), { recursive: true, force: true }),
  ])
  await write('config/greeting', 'hello')
}

/** Each command that needs what is broken says so in the same words, and leaves all files as they are. */
async function refused(code: number, ...commands: string[]) {
  const before = await files()
  const told = []
  for (const command of commands) told.push(errors(await run(...command.split(' '), 'inventory.yml'), code))
  expect(await files()).toEqual(before)
  for (const one of told) expect(one).toEqual(told[0])
  return told[0] ?? []
}

describe('case 7: an archive that cannot be right is refused before any host is contacted', () => {
  const zeros = `sha256:${'0'.repeat(64)}`

  test('whose checksum differs: what was wanted and what was found', async () => {
    await whole()
    await write('inventory.yml', inventory({ java: `, checksum: "${zeros}"` }))
    const [told, ...more] = await refused(3, 'up', 'plan', 'check')
    expect(more).toEqual([])
    expect(told?.step).toContain('jre.tar.gz')
    expect(told?.got).toContain(zeros.slice(7))
    expect(told?.got).toContain(sha('sha256', java).slice(7))
  })

  test('cut short, no tarball, empty, another program’s: each in its words, both of them at once', async () => {
    const wrong: readonly [Buffer, Buffer, RegExp, RegExp][] = [
      [java.subarray(0, java.length / 2), zookeeper.subarray(0, -9), /cut short/, /cut short/],
      [randomBytes(4000), Buffer.alloc(0), /no \.tar\.gz/, /empty|cut short|no \.tar\.gz/],
      [zookeeper, java, /no Java runtime/, /no ZooKeeper/],
    ]
    for (const [first, second, ...words] of wrong) {
      await whole()
      await Promise.all([write('jre.tar.gz', first), write('zookeeper.tar.gz', second)])
      const told = await refused(3, 'up')
      expect(told).toHaveLength(2)
      expect(told[0]?.step).toContain('jre.tar.gz')
      expect(told[1]?.step).toContain('zookeeper.tar.gz')
      expect(told[0]?.got).toMatch(words[0])
      expect(told[1]?.got).toMatch(words[1])
    }
  })

  test('that changed after it was read once', async () => {
    await whole()
    await write('inventory.yml', inventory({ java: `, checksum: "${sha('sha256', java)}"` }))
    await write('config/bad\u0001name', '')
    // the archives are fine: it is the tree that is refused
    expect((await refused(3, 'up'))[0]?.step).toBe('read tree app')
    await rm(at('config/bad\u0001name'))
    await write('jre.tar.gz', Buffer.concat([java, Buffer.from('x')]))
    expect((await refused(3, 'up'))[0]?.step).toContain('jre.tar.gz')
  })
})

describe('case 30: a tree that ZooKeeper would not take is refused whole', () => {
  test('forbidden names, clashes and values over the limit, of all trees, each with its file', async () => {
    await whole()
    await write('inventory.yml', inventory({ trees: ', more: { path: /dman/more, from: ./more }' }))
    await write('config/name\u0001', '')
    await write('config/😀', '')
    await write('config/big', Buffer.alloc(1_048_575))
    await write('config/fits', Buffer.alloc(1_000_000))
    await write('config/db/url', 'one')
    await write('more/zookeeper/..data', 'two')
    await write('more/\u200bfits', 'three')
    await write('more/\uf000', 'four')
    const told = await refused(3, 'up', 'plan', 'plan --detailed-exitcode', 'seed', 'up --dry-run')
    const all = told.map(({ step, got }) => `${step}: ${got.replace(folder, '')}`)
    expect(all).toEqual([
      expect.stringMatching(/^read tree app: \S*config\/big: 1048575 bytes: .* at most \d+/),
      expect.stringMatching(/^read tree app: \S*config\/name.*: the character U\+0001/),
      expect.stringMatching(/^read tree app: \S*config\/😀: the character U\+1F600/),
      expect.stringMatching(/^read tree more: \S*more\/\uf000: the character U\+F000/),
    ])
  })

  test('one tree within another: two sources for one path', async () => {
    await whole()
    await write('more/url', '')
    await write('inventory.yml', inventory({ trees: ', more: { path: /dman/config/db, from: ./more }' }))
    const { code, stderr } = await run('up', 'inventory.yml')
    expect(stderr).toMatch(/^inventory\.yml:10:69: .*`app`/)
    expect(code).toBe(3)
  })

  test('whose folder is gone', async () => {
    await whole()
    await rm(at('config'), { recursive: true })
    const { code, stderr } = await run('up', 'inventory.yml')
    expect(stderr).toMatch(/inventory\.yml:\d+:\d+: .*config/)
    expect(code).toBe(3)
  })
})

describe('case 28: an inventory with many faults', () => {
  const lines = [
    'ensemble: Input_1',
    'home: ../dman',
    'ssh: { user: "a b", port: 70000, identity: ./no-key, jmp: [x] }',
    'hosts:',
    '  zk1: { id: 1, address: 10.0.0.11 }',
    '  zk2: { id: 1, address: 10.0.0.11, role: voter }',
    '  zk3: { id: 300, adress: 10.0.0.13 }',
    '  zk4: { id: 4, address: 127.0.0.1 }',
    '  "zk 5": { id: 5, address: "http://10.0.0.15/" }',
    'ports: { client: 2181, peer: 2181, elction: 3889 }',
    'java: { archive: ./no-java.tar.gz, checksum: md5:123 }',
    'zookeeper:',
    '  version: latest',
    '  heap: lots',
    '  jvm: [-Xmx9g, -Dzookeeper.skipACL=yes, "-cp /tmp"]',
    '  config: { tickTme: 2000, dataDir: /tmp, forceSync: "no", initLimit: ten }',
    'trees:',
    '  app: { path: dman/config, from: ./no-folder, format: xml }',
    'tls: maybe',
  ]

  test('is told whole: every one at its line and column, with what to write; nothing is contacted', async () => {
    await whole()
    await write('inventory.yml', lines.join('\n'))
    const before = await files()
    const up = ended(await run('up', 'inventory.yml'), 3)
    const told = up.stderr.split('\n').filter((line) => line.startsWith('inventory.yml:'))
    const places = told.map((line) => /^inventory\.yml:(\d+):(\d+): /.exec(line)?.slice(1).join(':') ?? '')
    expect(places, up.stderr).toEqual([...places].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })))
    for (const [row, words] of expected) {
      const line = told.find((one) => one.startsWith(`inventory.yml:${row}:`) && words.test(one))
      expect(line, `${row} ${String(words)}\n${up.stderr}`).toBeDefined()
      const column = Number(line?.split(':')[2])
      expect(column).toBeGreaterThan(0)
      expect(column).toBeLessThanOrEqual((lines[row - 1] ?? '').length)
    }
    expect(up.stderr).toMatch(/did you mean `jump`/)
    expect(up.stderr).toMatch(/did you mean `address`/)
    expect(up.stderr).toMatch(/did you mean `election`/)
    expect(up.stderr).toMatch(/did you mean `tickTime`/)
    expect(await files()).toEqual(before)
  })

  const expected: readonly (readonly [number, RegExp])[] = [
    [1, /ensemble/], [2, /home/], [3, /user/], [3, /port/], [3, /jmp/], [6, /role/], [7, /id/], [7, /adress/],
    [9, /zk 5/], [10, /elction/], [11, /checksum/], [13, /version/], [14, /heap/], [16, /tickTme/], [16, /dataDir/],
    [18, /path/], [18, /format/], [19, /tls/],
  ] // prettier-ignore

  test('what is left once types are right: clashes, unsafe options, missing files, addresses', async () => {
    await whole()
    const right = [
      'ensemble: input', 'home: ~/dman', 'ssh: { user: dman, identity: ./no-key }', 'hosts:',
      '  zk1: { id: 1, address: 10.0.0.11 }', '  zk2: { id: 1, address: 10.0.0.11 }', '  zk4: { id: 4, address: 127.0.0.1 }',
      '  zk5: { id: 5, address: "http://10.0.0.15/" }', 'ports: { client: 2181, peer: 2181 }',
      'java: { archive: ./no-java.tar.gz }', 'zookeeper:', '  archive: ./zookeeper.tar.gz',
      '  jvm: [-Xmx9g, -Dzookeeper.skipACL=yes]', '  config: { syncLimit: 0 }',
      'trees:', '  app: { path: /dman/meta/x, from: ./no-folder }',
    ] // prettier-ignore
    await write('inventory.yml', right.join('\n'))
    const up = ended(await run('up', 'inventory.yml'), 3)
    for (const place of [
      '2:7',
      '3:30',
      '6:14',
      '6:26',
      '7:26',
      '8:26',
      '9:30',
      '10:18',
      '13:9',
      '13:17',
      '14:24',
      '16:16',
      '16:36',
    ])
      expect(up.stderr).toMatch(new RegExp(`^inventory\\.yml:${place}: .*\\n  → `, 'm'))
  })

  test('what is no YAML, or two of a key: the place of it', async () => {
    await whole()
    for (const [text, place] of [
      ['hosts: { zk1: { id: 1\njava: [', '2:'],
      ['ensemble: a\nensemble: b\n', '2:1'],
      ['a: &a [*a]\nhosts: *b\n', '2:8'],
      ['\thosts: {}\n', '1:1'],
    ] as const) {
      await write('inventory.yml', text)
      const up = ended(await run('up', 'inventory.yml'), 3)
      expect(up.stderr).toMatch(new RegExp(`^inventory\\.yml:${place}`, 'm'))
      expect(up.stderr).not.toMatch(/^ +at /m)
    }
  })
})

describe('case 42: what a later version wrote into .dman', () => {
  test.for(['secrets.json', 'founding.json'])('%s is refused, and stays as it is', async (name) => {
    await whole()
    const text = '{ "format": 2, "vault": "elsewhere" }\n'
    await write(`.dman/input/${name}`, text)
    const told = await refused(5, 'up', 'plan', 'up --dry-run', 'check')
    expect(told).toHaveLength(1)
    expect(told[0]?.step).toContain(name)
    expect(told[0]?.got).toMatch(/written by a later version \(format 2\)/)
    expect(told[0]?.hint).toMatch(/version/)
    await refused(5, name === 'secrets.json' ? 'seed' : 'destroy --data --yes')
  })

  test.for(['secrets.json', 'founding.json'])('%s that is damaged is refused alike', async (name) => {
    await whole()
    await write(`.dman/input/${name}`, '{ "format": 1, "made"')
    expect((await refused(5, 'up', 'plan'))[0]?.got).toMatch(/damaged/)
    await write(`.dman/input/${name}`, '{}')
    expect(gots(await refused(5, 'up'))).toEqual([expect.stringMatching(/damaged/)])
  })

  test('secrets.json that others can read', async () => {
    await whole()
    await write('.dman/input/secrets.json', '{ "format": 1, "made": [], "passwords": {} }\n')
    const [told] = await refused(5, 'up', 'check')
    expect(told?.got).toMatch(/others than you/)
    expect(told?.hint).toMatch(/^chmod 600 /)
  })
})
