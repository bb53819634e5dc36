import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { openSession } from '../../src/zookeeper/session.ts'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { javaEntries, tarball } from './archives-server.ts'
import { changesNothing, errors, findings, gots, hasState, type Told } from './faults-kit.ts'
import { withLab } from './lab/lab.ts'
import { ended, onAll, servers, statusOf } from './up-look.ts'

// An ensemble that serves, and what must not bring it down: each story ends with the same servers, and everything mended.
const lab = withLab()

const at = (...names: string[]) => path.join(lab.folder, ...names)
async function dman(host: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, command)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}
/** Changes a file on a host until the end of the test. */
async function altered(host: string, file: string, command: string): Promise<void> {
  onTestFinished(async () => {
    await dman(host, `chmod 600 ${file}; cp -p /tmp/kept ${file}; rm /tmp/kept`)
  })
  await dman(host, `cp -p ${file} /tmp/kept; ${command} ${file}`)
}
const edited = (values: Readonly<Record<string, unknown>>) =>
  lab.edit((all) => {
    for (const [key, value] of Object.entries(values)) all.setIn(key.split('.'), value)
  })
const otherHeap = () => edited({ 'zookeeper.heap': '200m' })

/** Ends with that code; no server and no file on any host is touched. */
const refused = (code: number, ...args: string[]): Promise<readonly Told[]> =>
  changesNothing(lab, async () => {
    const before = await servers(lab)
    const told = errors(await lab.run(...args), code)
    expect(await servers(lab)).toEqual(before)
    return told
  })
const nothingToDo = async () => expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')

beforeAll(async () => {
  ended(await lab.run('up', lab.inventory), 0)
})

describe('archives that do not fit', () => {
  test('case 8: too little disk for another archive: numbers; the running release goes on', async (context) => {
    lab.needs(context, 'namespaces')
    const free = Number(await dman('zk2', 'df --output=avail -m . | tail -1'))
    onTestFinished(async () => {
      await dman('zk2', 'rm filler')
    })
    await dman('zk2', `head -c ${free - 60}m /dev/zero >filler`)
    await writeFile(at('other.tar.gz'), await tarball(javaEntries))
    const told = await refused(1, 'up', await edited({ 'java.archive': './other.tar.gz' }))
    expect(gots(told)).toEqual([expect.stringMatching(/^zk2: (59|60|61) MiB free, 1\d\d MiB needed/)])
    expect(told[0]?.hint).toMatch(/^free at least \d+ MiB/)
    await nothingToDo()
  })

  test('case 17: a runtime that does not run there is refused before the switch', async () => {
    await writeFile(at('broken.tar.gz'), await tarball(javaEntries))
    const before = await servers(lab)
    const left = () => onAll(lab, 'ls dman/releases dman/tmp; readlink dman/current; ls dman/run')
    const releases = await left()
    const told = errors(await lab.run('up', await edited({ 'java.archive': './broken.tar.gz' })), 1)
    expect(told.map(({ host }) => host).sort()).toEqual(['zk1', 'zk2', 'zk3'])
    for (const { got, hint } of told) {
      expect(got).toMatch(/^the Java of java-\w+ does not run on this host \(/)
      expect(hint).toMatch(/Temurin/)
    }
    expect(await servers(lab)).toEqual(before)
    expect(await left()).toEqual(releases)
    await nothingToDo()
  })
})

describe('case 18: data that is not this member’s', () => {
  test.for([
    ['ensemble', 's/^ensemble: .*/ensemble: elsewhere/', 'its data is of the ensemble elsewhere'],
    ['founding', 's/^founding: .*/founding: 0123/', /^its data is of founding 0123, \.dman records \w+/],
    ['host', 's/^host: .*/host: zk9/', 'its data is that of zk9 with id 2'],
    ['id', 's/^id: .*/id: 9/', 'its data is that of zk2 with id 9'],
  ] as const)('by the %s in its stamp', async ([, change, words]) => {
    await altered('zk2', 'dman/data/stamp', `sed -i '${change}'`)
    for (const inventory of [lab.inventory, await otherHeap()]) {
      const told = await refused(5, 'up', inventory)
      expect(told.map(({ host, got }) => ({ host, got }))).toEqual([
        { host: 'zk2', got: expect.stringMatching(words) as string },
      ])
      expect(told[0]?.hint).toContain('nothing was touched')
    }
    expect((await findings(lab, 5)).map(({ host, question }) => `${host} ${question}`)).toContain('zk2 data')
    if (words === 'its data is of the ensemble elsewhere')
      for (const command of ['stop', 'destroy --yes', 'destroy --data --yes'])
        expect((await refused(5, ...command.split(' '), lab.inventory))[0]?.host).toBe('zk2')
    // it serves on, and is seen
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
  })

  test.for([
    ['myid', 'echo 7 >', 'its data/myid says 7, the inventory 2'],
    ['stamp', 'chmod 000', /cannot be read/],
    ['stamp', 'echo scrawl >', /none of ours/],
  ] as const)('%s after %s', async ([file, command, words]) => {
    await altered('zk2', `dman/data/${file}`, command)
    const told = await refused(5, 'up', lab.inventory)
    expect(gots(told)).toEqual([expect.stringMatching(words)])
    expect(told[0]?.host).toBe('zk2')
    await statusOf(lab, 0)
  })

  test('without a stamp, where its server is down: not started, not founded anew', async () => {
    await dman('zk2', 'dman/bin/stop >/dev/null; mv dman/data/stamp /tmp/stamp')
    onTestFinished(async () => {
      await dman('zk2', 'mv /tmp/stamp dman/data/stamp')
      ended(await lab.run('up', lab.inventory), 0)
    })
    const told = await changesNothing(lab, async () => errors(await lab.run('up', lab.inventory), 5))
    expect(gots(told)).toEqual(['zk2: data/ holds something, and no stamp of ours'])
    expect(await dman('zk2', 'ls dman/run')).not.toContain('server')
  })

  test('a home that cannot be entered is not taken for an empty one', async () => {
    onTestFinished(async () => {
      await dman('zk3', 'chmod 700 dman')
    })
    await dman('zk3', 'chmod 000 dman')
    const told = errors(await lab.run('up', await otherHeap()), 1)
    expect(gots(told)).toEqual(['zk3: its folder cannot be entered'])
  })
})

describe('case 42: what a later version wrote', () => {
  const later = (file: string, ...more: string[]) =>
    ['up', 'stop', 'destroy --data --yes', ...more].map((command) => [file, command] as const)
  test.for([
    ...later('dman/data/stamp', 'start', 'up --dry-run'),
    ...later('dman/run/server'),
    ...later('dman/current/format'),
  ])('%s: %s is refused', async ([file, command]) => {
    await altered('zk2', file, `sed -i 's/^format: 1/format: 2/'`)
    const told = await refused(5, ...command.split(' '), command === 'up' ? await otherHeap() : lab.inventory)
    expect(told[0]).toMatchObject({
      host: 'zk2',
      got: expect.stringMatching(/written by a later version.*\(format 2/) as string,
    })
    expect(told[0]?.hint).toMatch(/version/)
    expect(await dman('zk2', `grep ^format: ${file}`)).toBe('format: 2')
  })

  test('what was stopped with it is not started, and nothing to do is no way past it', async () => {
    await altered('zk2', 'dman/data/stamp', `sed -i 's/^format: 1/format: 2/'`)
    await refused(5, 'up', lab.inventory)
    expect((await findings(lab, 5)).map(({ host, question }) => `${host} ${question}`)).toEqual(['zk2 format'])
    await statusOf(lab, 0)
  })

  test('a lock of a later version is a lock', async () => {
    onTestFinished(async () => {
      await dman('zk1', 'rm -r dman/run/lock')
    })
    await dman(
      'zk1',
      `umask 077; mkdir -p dman/run/lock/abcdef12; cd dman/run/lock/abcdef12; printf 'format: 2\\nowner: someone\\n' >holder; cut -d' ' -f1 /proc/uptime >beat`,
    )
    const told = await refused(5, 'up', await otherHeap())
    expect(told[0]).toMatchObject({ host: 'zk1', got: expect.stringMatching(/later version/) as string })
    expect(await dman('zk1', 'cat dman/run/lock/abcdef12/holder')).toContain('format: 2')
  })

  test('HEAD of a tree: up, plan and seed are refused; the members are seen', async () => {
    const secrets = JSON.parse(await readFile(at('.dman', lab.name, 'secrets.json'), 'utf8')) as {
      passwords: { dman: string }
    }
    const host = lab.hosts[0]?.address ?? ''
    const auth = [{ scheme: 'digest', auth: new Secret(`dman:${secrets.passwords.dman}`) }]
    const dial = () => Promise.resolve(connect({ host, port: 2180 }))
    const session = await openSession({ dial, auth })
    const head = '/dman/meta/app/HEAD'
    const set = async (zk: ZooKeeper, data: Buffer) =>
      zk.multi([{ do: 'set', path: head, data, version: (await zk.get(head))?.stat.version ?? -1 }])
    const was = (await session.get(head))?.data ?? Buffer.alloc(0)
    onTestFinished(async () => {
      await set(session, was)
      await session.close()
    })
    const newer = Buffer.from(JSON.stringify({ format: 2, log: ['elsewhere'] }))
    await set(session, newer)
    await writeFile(at('config/greeting'), 'hello again')
    onTestFinished(() => writeFile(at('config/greeting'), 'hello'))
    for (const command of ['up', 'plan', 'seed', 'seed --dry-run']) {
      const told = await refused(5, ...command.split(' '), lab.inventory)
      expect(told[0]?.got, command).toMatch(/written by a later version.*format 2/)
    }
    expect((await session.get(head))?.data).toEqual(newer)
    const { members } = await statusOf(lab, 5)
    expect(members.map(({ problems }) => problems)).toEqual([[], [], []])
  })
})

describe('case 33: `.dman` is lost', () => {
  const away = async (name: string) => {
    await rename(at(name), at('away'))
    onTestFinished(async () => {
      await rm(at(name), { recursive: true, force: true })
      await rename(at('away'), at(name))
    })
  }

  test('status and check work; what needs a secret is refused, and no new one is made', async () => {
    await away('.dman')
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true, trees: [{ generation: 1 }] })
    expect(await findings(lab, 0)).toEqual([])
    await writeFile(at('config/greeting'), 'changed')
    onTestFinished(() => writeFile(at('config/greeting'), 'hello'))
    for (const command of ['up', 'plan', 'seed']) {
      const [told] = await refused(5, command, lab.inventory)
      expect(told?.step).toContain('secrets.json')
      expect(told?.hint).toMatch(/\.dman/)
    }
    await refused(5, 'up', await otherHeap())
    expect(await hasState(lab.folder)).toBe(false)
  })

  test('secrets.json alone', async () => {
    await away(path.join('.dman', lab.name, 'secrets.json'))
    const [told] = await refused(5, 'up', await otherHeap())
    expect(told?.step).toContain('secrets.json')
    await statusOf(lab, 0)
  })

  test('founding.json alone: the members’ own stamps say enough', async () => {
    await away(path.join('.dman', lab.name, 'founding.json'))
    await nothingToDo()
  })

  test('the password of secrets.json is gone, though it was made once', async () => {
    const file = at('.dman', lab.name, 'secrets.json')
    const text = await readFile(file, 'utf8')
    onTestFinished(() => writeFile(file, text))
    await writeFile(file, text.replace(/"dman": "[^"]*"/, '"other": "x"'))
    const [told] = await refused(5, 'up', lab.inventory)
    expect(told?.got).toMatch(/dman, but the password is not there/)
  })
})

test('after all of it: the same ensemble, and nothing to do', async () => {
  await nothingToDo()
  expect(await findings(lab, 0)).toEqual([])
  expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
})
