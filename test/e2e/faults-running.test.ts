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
import { planOf } from './roll-watch.ts'
import { ended, onAll, problemsOfEach, servers, statusOf } from './up-look.ts'

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
    await dman(host, `chmod 600 ${file}; cp -p kept ${file}; rm kept`)
  })
  await dman(host, `cp -p ${file} kept; ${command} ${file}`)
}
const edited = (values: Readonly<Record<string, unknown>>) =>
  lab.edit((all) => {
    for (const [key, value] of Object.entries(values)) all.setIn(key.split('.'), value)
  })
const otherHeap = () => edited({ 'zookeeper.heap': '200m' })

/** Ends with that code; no file on any host is touched, so no server either. */
const refused = (code: number, ...args: string[]): Promise<readonly Told[]> =>
  changesNothing(lab, async () => errors(await lab.run(...args), code))
/** `host: what came back`, in the order of hosts. */
const byHost = (told: readonly Told[]) => [...gots(told)].sort()
const nothingToDo = async () => expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')

beforeAll(async () => {
  ended(await lab.run('up', lab.inventory), 0)
  first = await servers(lab)
})

let first: string[] = []

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
    const left = () => onAll(lab, 'ls -d dman/releases/[jz]*; ls dman/tmp dman/run; readlink dman/current')
    const releases = await left()
    const told = errors(await lab.run('up', await edited({ 'java.archive': './broken.tar.gz' })), 1)
    expect(told.map(({ host }) => host).sort()).toEqual(['zk1', 'zk2', 'zk3'])
    for (const { got, hint } of told) {
      expect(got).toMatch(/^the Java of java-\w+ does not run on this host \(/)
      expect(hint).toMatch(/Temurin/)
    }
    expect(await left()).toEqual(releases)
    // The conf release that was laid beside goes again; nothing else is to be done.
    const { changes, steps } = await planOf(lab, 2)
    expect([changes.map(({ kind }) => kind), steps]).toEqual([Array.from({ length: 3 }, () => 'remove-release'), []])
    ended(await lab.run('up', lab.inventory), 0)
    expect(await servers(lab)).toEqual(first)
    await nothingToDo()
  })
})

describe('case 18: data that is not this member’s', () => {
  /** Told of each host in those words, whatever else there would be to do; and nothing that serves is touched. */
  async function told(...words: (string | RegExp)[]): Promise<void> {
    for (const inventory of [lab.inventory, await otherHeap()]) {
      const all = await refused(5, 'up', inventory)
      expect(byHost(all)).toEqual(words.map((one) => expect.stringMatching(one) as string))
      for (const { hint } of all) expect(hint).toMatch(/nothing was touched|look at/)
    }
    const wrong = await findings(lab, 5)
    const hosts = wrong.filter(({ question }) => question === 'data').map(({ host }) => host)
    expect(hosts.sort()).toEqual(['zk1', 'zk2', 'zk3'])
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
  }

  test('by the ensemble, the host or the id in its stamp; what is another’s is not even stopped', async () => {
    await altered('zk1', 'dman/data/stamp', "sed -i 's/^ensemble: .*/ensemble: elsewhere/'")
    await altered('zk2', 'dman/data/stamp', "sed -i 's/^host: .*/host: zk9/'")
    await altered('zk3', 'dman/data/stamp', "sed -i 's/^id: .*/id: 9/'")
    await told(/^zk1: .*of the ensemble elsewhere/, /^zk2: .*of zk9/, /^zk3: .*id 9/)
    for (const command of ['stop', 'destroy --yes', 'destroy --data --yes'])
      expect(byHost(await refused(5, ...command.split(' '), lab.inventory))).toHaveLength(3)
  })

  test('by its myid, by the founding in its stamp, or with a stamp that says nothing', async () => {
    await altered('zk1', 'dman/data/myid', 'echo 7 >')
    await altered('zk2', 'dman/data/stamp', "sed -i 's/^founding: .*/founding: 0123/'")
    await altered('zk3', 'dman/data/stamp', 'echo scrawl >')
    await told(/^zk1: .*myid says 7/, /^zk2: .*founding 0123, \.dman records \w+/, /^zk3: .*none of ours/)
  })

  test('without a stamp, where its server is down: not started, not founded anew', async () => {
    await dman('zk2', 'dman/bin/stop >/dev/null; mv dman/data/stamp stamp.kept')
    onTestFinished(async () => {
      await dman('zk2', 'mv stamp.kept dman/data/stamp')
      ended(await lab.run('up', lab.inventory), 0)
    })
    const told = await changesNothing(lab, async () => errors(await lab.run('up', lab.inventory), 5))
    expect(gots(told)).toEqual(['zk2: data/ holds something, and no stamp of ours'])
    expect(await dman('zk2', 'ls dman/run')).not.toContain('server')
  })

  test('a home that cannot be entered is not taken for an empty one', async (context) => {
    lab.needsModes(context)
    onTestFinished(async () => {
      await dman('zk3', 'chmod 700 dman')
      // its supervisor has ended, and not every host of the kind loopback has a cron that starts it
      ended(await lab.run('up', lab.inventory), 0)
    })
    await dman('zk3', 'chmod 000 dman')
    const told = errors(await lab.run('up', await otherHeap()), 1)
    expect(gots(told)).toEqual(['zk3: its folder cannot be entered'])
  })
})

describe('case 42: what a later version wrote', () => {
  test('in a stamp, in run/server or in a conf release: refused, also where there is nothing else to do; seen all the same', async () => {
    const files = { zk1: 'dman/data/stamp', zk2: 'dman/run/server', zk3: 'dman/current/format' }
    for (const [host, file] of Object.entries(files)) await altered(host, file, "sed -i 's/^format: 1/format: 2/'")
    for (const command of ['up', 'up --dry-run', 'stop', 'start', 'destroy --yes', 'destroy --data --yes']) {
      const told = await refused(5, ...command.split(' '), lab.inventory)
      expect(byHost(told), command).toEqual(
        ['zk1', 'zk2', 'zk3'].map(
          (host) => expect.stringMatching(`^${host}: .*written by a later version.*\\(format 2`) as string,
        ),
      )
      for (const { hint } of told) expect(hint).toMatch(/version/)
    }
    await refused(5, 'up', await otherHeap())
    expect((await findings(lab, 5)).map(({ host, question }) => `${host} ${question}`)).toEqual(
      ['zk1', 'zk2', 'zk3'].map((host) => `${host} format`),
    )
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
    const status = await statusOf(lab, 0)
    expect(problemsOfEach(lab, status)).toEqual([[], [], []])
    expect(status.trees).toMatchObject([{ name: 'app', generation: null }])
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
    const ofTree = (command: string) => ['tree', command, lab.inventory, 'app']
    const ofAll = ['up', 'plan', 'seed'].map((command) => [command, lab.inventory])
    for (const words of [...ofAll, ...['diff', 'history', 'export', 'rollback'].map(ofTree)]) {
      const [told] = await refused(5, ...words)
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
  // zk2 was stopped by a story
  const [zk1, , zk3] = await servers(lab)
  expect([zk1, zk3]).toEqual([first[0], first[2]])
})
