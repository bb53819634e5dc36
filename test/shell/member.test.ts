import { existsSync, readFileSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lay } from '../../src/remote/lay.ts'
import { member, type MemberDone, type MemberStep } from '../../src/remote/member.ts'
import { observeMember } from '../../src/remote/observe-member.ts'
import { observe } from '../../src/remote/observe.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { remove } from '../../src/remote/remove.ts'
import { unpack } from '../../src/remote/unpack.ts'
import prelude from '../../templates/bin/prelude?text'
import start from '../../templates/bin/start?text'
import stop from '../../templates/bin/stop?text'
import { failing } from './failing.ts'
import { conf, first, found, java, second, zookeeper } from './member-kit.ts'
import { kinds, lives, localHost, type LocalHost } from './local-host.ts'

/** What a step did; what it tells of the host is what is seen there at once. */
async function doing(locked: Locked, step: MemberStep): Promise<Omit<MemberDone, 'laid'>> {
  const { laid, ...what } = await locked.change(member, step)
  expect(laid).toEqual(await locked.ask(observeMember, undefined))
  return what
}

describe.each(kinds)('member ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => {
    host = localHost(kind)
    locked = (await host.lock()).locked
    for (const { release, bytes, sha256 } of [java, zookeeper]) {
      await locked.send(Readable.from([bytes]), 'staged', bytes.length)
      await locked.change(unpack, {
        staged: 'staged',
        sha256,
        release,
        kind: release === java.release ? 'java' : 'zookeeper',
      })
    }
    const files = Object.entries({ prelude, start, stop }).map(([name, text]) => ({
      path: `bin/${name}`,
      text: host.adapted(text),
    }))
    await locked.change(lay, { files, confs: [conf(first, '1'), conf(second, '2')] })
  })
  afterEach(async () => {
    await locked.change(member, { stop: true, patience: 2 }).catch(() => undefined)
    host.remove()
  })
  const text = (file: string) => readFileSync(path.join(host.dman, file), 'utf8')
  const laid = async () => {
    const facts = await locked.ask(observe, { ports: [] })
    if (facts.laid.is !== 'present') throw new Error(facts.laid.is)
    return facts.laid.value
  }
  const began = () =>
    expect.poll(() => existsSync(path.join(host.dman, 'run/java-umask')), { timeout: 5000 }).toBe(true)
  const up = async () => {
    const { started } = await locked.change(member, { found, switch: first, start: true })
    if (started === undefined) throw new Error('not started')
    await began()
    return started.pid
  }

  it('founds, switches, starts, and says who runs', async () => {
    const done = await locked.change(member, { found, switch: first, start: true })
    await began()
    const facts = await laid()
    expect(done).toMatchObject({ founded: 'made', started: { already: false } })
    expect(facts).toMatchObject({
      current: { is: 'present', value: first },
      data: {
        is: 'held',
        stamp: { value: { ensemble: 'dman', founding: 'ab12cd34', host: 'zk1', id: 3 } },
        initialize: true,
      },
      server: { is: 'present', value: { pid: done.started?.pid, conf: first, alive: true } },
      leftovers: [],
      running: [],
      open: [],
    })
    expect(text('data/zoo.cfg')).toBe('tickTime=1\nsuper=a\\b\ndynamicConfigFile=./data/zoo.cfg.dynamic\n')
    expect(text('data/zoo.cfg.dynamic')).toBe('server.3=127.0.0.1:2889:3889:participant;127.0.0.1:2180\n')
    expect(text('data/myid')).toBe('3\n')
  })

  it('starts Java with our options, the conf release’s, a fixed class path and a cleared environment', async () => {
    await up()
    const facts = await laid()
    const nonce = facts.server.is === 'present' ? facts.server.value.nonce : ''
    const real = host.run('cd -P dman && pwd -P').trim()
    const lines = text('run/java-arguments').trim().split('\n')
    expect(lines[0]).toBe(`-Ddman.nonce=${nonce}`)
    expect([`${host.dman}/run/java`, `${real}/run/java`]).toContain(lines[1]?.replace('-Djava.io.tmpdir=', ''))
    expect(lines.slice(2)).toEqual([
      '-XX:ErrorFile=log/java-error.log',
      '-XX:-UsePerfData',
      '-XX:-DumpReplayDataOnError',
      '-XX:+ExitOnOutOfMemoryError',
      '-Dzookeeper.db.autocreate=false',
      '-Dzookeeper.datadir.autocreate=false',
      '-Xmx64m',
      '-Dwith blank=$(touch x)',
      '-cp',
      'releases/zookeeper-bbbbbbbbbbbb/lib/a.jar:releases/zookeeper-bbbbbbbbbbbb/lib/b.jar',
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      './data/zoo.cfg',
    ])
    const names = text('run/java-env')
      .split('\n')
      .map((line) => line.split('=')[0])
    // a shell that stands for Java adds some of its own
    expect(names.filter((name) => name && !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
    ])
    expect(text('run/java-cores').trim()).toBe('0')
    expect(text('run/java-umask').trim()).toMatch(/^0?077$/)
  })

  it('may be repeated: nothing is founded or started twice', async () => {
    const pid = await up()
    const initialized = path.join(host.dman, 'data/initialize')
    expect(await doing(locked, { found, start: true })).toEqual({
      founded: 'kept',
      started: { pid, already: true },
    })
    const many = await Promise.all([1, 2, 3].map(() => locked.change(member, { start: true })))
    expect(many.map(({ started }) => started?.pid)).toEqual([pid, pid, pid])
    expect(existsSync(initialized)).toBe(true)
  })

  it('many starts at once start one', async () => {
    await locked.change(member, { found, switch: first })
    const many = await Promise.all([1, 2, 3, 4].map(() => locked.change(member, { start: true })))
    expect(new Set(many.map(({ started }) => started?.pid)).size).toBe(1)
    expect(many.filter(({ started }) => started?.already === false)).toHaveLength(1)
    expect(host.run('ls dman/run')).not.toContain('turn')
  })

  it('a turn that a dead start left is taken over', async () => {
    host.run('mkdir -p dman/run/turn/99999999.1')
    await up()
  })

  it('stops with TERM, waits until it is gone, and starts anew from what current names then', async () => {
    const pid = await up()
    const done = await locked.change(member, { stop: true, switch: second, start: true })
    expect(done).toMatchObject({ stopped: pid, started: { already: false } })
    expect(lives(pid)).toBe(false)
    expect(text('log/ended')).toBe('ended\n')
    expect((await laid()).server).toMatchObject({ value: { conf: second, alive: true } })
    expect(text('data/zoo.cfg')).toContain('tickTime=2\n')
    expect(await locked.change(member, { stop: true })).toMatchObject({ stopped: done.started?.pid })
    expect(await doing(locked, { stop: true })).toEqual({})
    expect((await laid()).server).toEqual({ is: 'absent' })
  })

  it('kills one that does not end in its time', async () => {
    const pid = await up()
    host.run(`kill -STOP ${pid}`)
    expect(await doing(locked, { stop: true, patience: 1 })).toEqual({ stopped: pid })
    expect(lives(pid)).toBe(false)
  })

  it('case 18: stops nothing whose data is that of another member or founding', async () => {
    const pid = await up()
    const owner = { ensemble: 'dman', founding: 'ab12cd34', host: 'zk1', id: 3 }
    for (const other of [{ host: 'zk2' }, { id: 4 }, { ensemble: 'other' }, { founding: '99' }])
      expect(await failing(locked.change(member, { stop: true, owner: { ...owner, ...other } }))).toMatchObject({
        exit: 5,
      })
    expect(lives(pid)).toBe(true)
    expect(await doing(locked, { stop: true, owner })).toEqual({ stopped: pid })
  })

  it('case 19: a server that lost its run/server is seen, never started twice, switched under or removed, and stopped', async () => {
    const pid = await up()
    const lose = () => host.run('rm -f dman/run/server')
    const before = (await laid()).server
    lose()
    expect((await laid()).server).toMatchObject({ is: 'present', value: { pid, conf: 'unknown', alive: true } })
    expect(await failing(locked.change(member, { switch: second }))).toMatchObject({ exit: 5 })
    expect(await failing(locked.change(remove, { data: true }))).toMatchObject({ exit: 5 })
    expect(await doing(locked, { start: true })).toEqual({ started: { pid, already: true } })
    const adopted = (await laid()).server
    const nonce = before.is === 'present' ? before.value.nonce : ''
    expect(adopted).toMatchObject({ value: { pid, nonce, conf: 'unknown', alive: true } })
    expect(text('run/server')).toContain(`pid: ${pid}\n`)
    lose()
    expect(await doing(locked, { stop: true })).toEqual({ stopped: pid })
    expect(lives(pid)).toBe(false)
    expect(await doing(locked, { stop: true })).toEqual({})
  })

  it('never switches under a running server', async () => {
    await up()
    expect(await failing(locked.change(member, { switch: second }))).toMatchObject({
      exit: 5,
      got: expect.stringContaining('runs') as string,
    })
    expect((await laid()).current).toMatchObject({ value: first })
  })

  it('switches to nothing that is not whole', async () => {
    host.run(`rm dman/releases/${first}/java`)
    expect(await failing(locked.change(member, { found, switch: first, start: true }))).toMatchObject({ exit: 1 })
    expect((await laid()).current).toEqual({ is: 'absent' })
  })

  it('case 19: a process that is not ours is left alone, and ours is started', async () => {
    const other = Number(host.run('sleep 30 >/dev/null 2>&1 & echo $!'))
    const began = host.run(`sed 's/.*) //' /proc/${other}/stat | awk '{ print $20 }'`).trim()
    const record = (start: string) =>
      `format: 1\npid: ${other}\nstart: ${start}\nnonce: 0123456789abcdef0123\nconf: ${first}\n`
    host.write('run/server', record(began))
    expect(await doing(locked, { stop: true })).toEqual({})
    expect(lives(other)).toBe(true)
    host.write('run/server', record('1'))
    expect(await up()).not.toBe(other)
    expect(lives(other)).toBe(true)
    host.run(`kill ${other}`)
  })

  it('keeps the membership that ZooKeeper wrote last, and never starts without one', async () => {
    await up()
    await locked.change(member, { stop: true })
    // as ZooKeeper writes it: the whole path, and no end of the line
    host.write('data/zoo.cfg', `tickTime=9\ndynamicConfigFile=${host.dman}/data/zoo.cfg.dynamic.100000000`)
    host.write('data/zoo.cfg.dynamic.100000000', 'server.3=later\n')
    host.write('data/version-2/log.1', '')
    expect(await locked.change(member, { found, start: true })).toMatchObject({ founded: 'kept' })
    expect(text('data/zoo.cfg')).toBe('tickTime=1\nsuper=a\\b\ndynamicConfigFile=./data/zoo.cfg.dynamic.100000000\n')
    await locked.change(member, { stop: true })
    host.write('data/zoo.cfg', 'tickTime=9\n')
    expect(await failing(locked.change(member, { start: true }))).toMatchObject({
      got: expect.stringContaining('dynamicConfigFile') as string,
    })
  })

  it('keeps the newest few of the files of members that reconfigs left, and the one that is named', async () => {
    await up()
    await locked.change(member, { stop: true })
    const files = Array.from({ length: 9 }, (_, n) => `zoo.cfg.dynamic.${n < 2 ? 'f' : '10000000'}${n}`)
    for (const [n, file] of files.entries()) {
      host.write(`data/${file}`, `server.3=${file}\n`)
      utimesSync(path.join(host.dman, 'data', file), n, n)
    }
    host.write('data/zoo.cfg', `dynamicConfigFile=./data/${files[1] ?? ''}\n`)
    host.write('run/java/snappy-1.so', 'x')
    await locked.change(member, { start: true })
    expect(host.run('cd dman/data && ls zoo.cfg.dynamic*').split('\n').filter(Boolean).sort()).toEqual(
      ['zoo.cfg.dynamic', files[1], ...files.slice(4)].sort(),
    )
    expect(existsSync(path.join(host.dman, 'run/java/snappy-1.so'))).toBe(false)
  })

  it('lets a member that ran before join with the lines of today, and only while nothing runs', async () => {
    await up()
    const members = ['server.1=127.0.0.1:2889:3889:participant;127.0.0.1:2180', 'server.3=127.0.0.9:2889:3889:observer']
    const join = { ...found, members, initialize: false, anew: true }
    expect(await failing(locked.change(member, { found: join, start: true }))).toMatchObject({ exit: 5 })
    host.write('data/version-2/log.1', '')
    host.write('data/zoo.cfg', `tickTime=9\ndynamicConfigFile=${host.dman}/data/zoo.cfg.dynamic.100000000`)
    host.write('data/zoo.cfg.dynamic.100000000', 'server.3=later\n')
    host.write('data/zoo.cfg.dynamic.next', 'server.3=later\n')
    expect((await laid()).members).toEqual({ version: '100000000', lines: 'server.3=later\n' })
    const done = await locked.change(member, { found: join, stop: true, start: true })
    expect(done).toMatchObject({ founded: 'made', stopped: expect.any(Number) as number })
    expect((await laid()).members).toEqual({ version: '', lines: members.map((line) => `${line}\n`).join('') })
    expect(existsSync(path.join(host.dman, 'data/zoo.cfg.dynamic.next'))).toBe(false)
    expect((await laid()).data).toMatchObject({ started: true })
  })

  it('tells in its own words why a start failed', async () => {
    expect(await failing(locked.change(member, { start: true }))).toMatchObject({
      got: 'bin/start: there is no release to start: current is missing\n',
    })
  })

  it.each([
    ['another founding', 'data/stamp', 'format: 1\nensemble: dman\nfounding: 99\nhost: zk1\nid: 3\n'],
    ['another host', 'data/stamp', 'format: 1\nensemble: dman\nfounding: ab12cd34\nhost: zk2\nid: 3\n'],
    ['another id', 'data/myid', '4\n'],
    ['nobody we know', 'data/version-2/snapshot.0', ''],
  ])('case 18: refuses data of %s, and touches nothing', async (_, file, content) => {
    host.write(file, content)
    const before = host.run('find dman/data -exec ls -ld {} +')
    const failure = await failing(locked.change(member, { found, switch: first, start: true }))
    expect(failure).toMatchObject({ exit: 5, hint: expect.stringContaining('dman/data') as string })
    expect(host.run('find dman/data -exec ls -ld {} +')).toBe(before)
    expect((await laid()).current).toEqual({ is: 'absent' })
  })

  it('case 42: refuses a stamp of a later version', async () => {
    host.write('data/stamp', 'format: 2\nensemble: dman\n')
    const failure = await failing(locked.change(member, { found }))
    expect(failure).toMatchObject({ exit: 5, got: expect.stringContaining('later version') as string })
    expect(text('data/stamp')).toBe('format: 2\nensemble: dman\n')
  })

  it('case 22: a founding that was cut short is completed by the next', async () => {
    host.write('data/stamp', 'format: 1\nensemble: dman\nfounding: ab12cd34\nhost: zk1\nid: 3\n')
    host.write('data/zoo.cfg.dynamic.new', 'serv')
    expect(await doing(locked, { found })).toEqual({ founded: 'made' })
    expect(text('data/myid')).toBe('3\n')
    expect((await laid()).data.initialize).toBe(true)
  })

  it('remove refuses while it runs', async () => {
    await up()
    expect(await failing(locked.change(remove, { data: true }))).toMatchObject({ exit: 5 })
    expect((await laid()).server).toMatchObject({ value: { alive: true } })
  })
})
