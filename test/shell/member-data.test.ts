import { existsSync, readFileSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { member } from '../../src/remote/member.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost } from './local-host.ts'
import { doing, end, first, found, laidOn, memberHost, startedOn } from './member-kit.ts'

describe.each(kinds)('whose a member’s data is, and who belongs by it ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => void ({ host, locked } = await memberHost(kind)))
  afterEach(() => end(host, locked))
  const text = (file: string) => readFileSync(path.join(host.dman, file), 'utf8')
  const laid = () => laidOn(locked)
  const up = async () => (await startedOn(host, locked)).started?.pid ?? 0

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
})
