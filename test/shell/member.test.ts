import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { member } from '../../src/remote/member.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { remove } from '../../src/remote/remove.ts'
import { failing } from './failing.ts'
import { kinds, lives, type LocalHost, withCores } from './local-host.ts'
import { doing, end, first, found, laidOn, memberHost, owner, second, startedOn } from './member-kit.ts'

describe.each(kinds)('member ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => void ({ host, locked } = await memberHost(kind)))
  afterEach(() => end(host, locked))
  const text = (file: string) => readFileSync(path.join(host.dman, file), 'utf8')
  const laid = () => laidOn(locked)
  const up = async () => (await startedOn(host, locked)).started?.pid ?? 0

  it('founds, switches, starts, and says who runs', async () => {
    const done = await startedOn(host, locked)
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
    host.banner = withCores
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
      '-Djavax.net.ssl.trustStore=NONE',
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

  it('kills one that does not end by TERM', async () => {
    const pid = await up()
    host.run(`kill -STOP ${pid}`)
    expect(await doing(locked, { stop: true, patience: 1 })).toEqual({ stopped: pid })
    expect(lives(pid)).toBe(false)
  })

  it('case 27: ends one that froze before it became Java, whose start waits for it in vain', async () => {
    const file = path.join(host.dman, 'bin/start')
    writeFileSync(
      file,
      text('bin/start').replace("printf 'started %s'", (print) => `kill -STOP $$; ${print}`),
    )
    const start = Promise.allSettled([locked.change(member, { found, switch: first, start: true })])
    await expect.poll(() => existsSync(path.join(host.dman, 'run/server')), { timeout: 5000 }).toBe(true)
    const pid = Number(/^pid: (\d+)$/m.exec(text('run/server'))?.[1])
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(' T ')
    expect(await doing(locked, { stop: true, patience: 1 })).toMatchObject({ stopped: pid })
    expect(lives(pid)).toBe(false)
    await start
  })

  it('case 18: stops nothing whose data is that of another member or founding', async () => {
    const pid = await up()
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

  it('tells in its own words why a start failed', async () => {
    expect(await failing(locked.change(member, { start: true }))).toMatchObject({
      got: 'bin/start: there is no release to start: current is missing\n',
    })
  })

  it('remove refuses while it runs', async () => {
    await up()
    expect(await failing(locked.change(remove, { data: true }))).toMatchObject({ exit: 5 })
    expect((await laid()).server).toMatchObject({ value: { alive: true } })
  })
})
