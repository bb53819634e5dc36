import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { member } from '../../src/remote/member.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { failing } from './failing.ts'
import { kinds, lives, type LocalHost } from './local-host.ts'
import { end, found, laidOn, memberHost, owner, startedOn } from './member-kit.ts'

const joining = { ...found, members: ['server.3=10.0.0.3:2889:3889:participant'], initialize: false }
const rejoin = { stop: true, owner, aside: true, found: joining, start: true } as const

describe.each(kinds)('setting data aside ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => {
    ;({ host, locked } = await memberHost(kind))
    await startedOn(host, locked)
    // as ZooKeeper leaves it once it has served
    host.write('data/version-2/snapshot.0', 'garbled')
    host.write('data/version-2/log.1', 'garbled too')
    host.write('data/zoo.cfg', `tickTime=1\ndynamicConfigFile=${host.dman}/data/zoo.cfg.dynamic.100000000`)
    host.write('data/zoo.cfg.dynamic.100000000', 'garbled\n')
  })
  afterEach(() => end(host, locked))
  const text = (file: string) => readFileSync(path.join(host.dman, file), 'utf8')
  const laid = () => laidOn(locked)
  const pid = async () => {
    const { server } = await laid()
    return server.is === 'present' ? server.value.pid : 0
  }

  it('stops, keeps all of it in one folder, and starts with nothing, no vote and the members that are told', async () => {
    const before = await pid()
    const done = await locked.change(member, rejoin)
    expect(done).toMatchObject({ stopped: before, founded: 'made', started: { already: false } })
    const { aside = '' } = done
    expect(aside).toMatch(/^data\/aside\.\d+-repair$/)
    expect(text(`${aside}/snapshot.0`) + text(`${aside}/log.1`)).toBe('garbledgarbled too')
    expect(readdirSync(path.join(host.dman, 'data/version-2'))).toEqual([])
    expect(existsSync(path.join(host.dman, 'data/initialize'))).toBe(false)
    expect(text('data/zoo.cfg')).toContain('dynamicConfigFile=./data/zoo.cfg.dynamic\n')
    expect(text('data/zoo.cfg.dynamic')).toBe('server.3=10.0.0.3:2889:3889:participant\n')
    const facts = await laid()
    expect(facts).toMatchObject({
      asides: [aside],
      open: [],
      leftovers: [],
      data: { initialize: false, started: false },
    })
    expect(facts.server).toMatchObject({ value: { pid: done.started?.pid, alive: true } })
  })

  it('again sets nothing aside where nothing is, and a second one beside the first', async () => {
    const { aside: first } = await locked.change(member, rejoin)
    expect(await locked.change(member, { ...rejoin, start: false })).not.toHaveProperty('aside')
    host.write('data/version-2/snapshot.9', 'later')
    const { aside: second } = await locked.change(member, { owner, aside: true })
    expect(new Set([first, second]).size).toBe(2)
    expect((await laid()).asides).toHaveLength(2)
  })

  it('what was set aside before goes, but for the newest, and whatever the clock says what is set aside now stays', async () => {
    for (const since of [1, 2, 3, 4]) host.write(`data/aside.160000000${since}-ffffffffffff/version-2/x`, '')
    const { aside: first = '' } = await locked.change(member, rejoin)
    const kept = ['data/aside.1600000003-ffffffffffff', 'data/aside.1600000004-ffffffffffff', first]
    expect((await laid()).asides).toEqual(kept)
    for (const since of [1, 2, 3]) host.write(`data/aside.990000000${since}-ffffffffffff/version-2/x`, '')
    await locked.change(member, { stop: true })
    host.write('data/version-2/snapshot.9', 'later')
    const { aside: second = '' } = await locked.change(member, { owner, aside: true })
    const { asides } = await laid()
    expect(asides).toContain(second)
    expect(asides).toHaveLength(4)
    // without data there is nothing to set aside, and nothing goes
    host.write('data/aside.9900000004-ffffffffffff/x', '')
    await locked.change(member, { owner, aside: true })
    expect((await laid()).asides).toHaveLength(5)
  })

  it('case 22: what was cut short after the rename is completed by the next', async () => {
    await locked.change(member, { stop: true })
    host.run('rm dman/data/initialize; mv dman/data/version-2 dman/data/aside.20260101T000000Z')
    expect(await laid()).toMatchObject({ data: { is: 'held', started: false, initialize: false } })
    expect(await locked.change(member, rejoin)).toMatchObject({ founded: 'made', started: { already: false } })
    expect((await laid()).asides).toEqual(['data/aside.20260101T000000Z'])
  })

  it.each([
    ['another founding', 'format: 1\nensemble: dman\nfounding: 99\nhost: zk1\nid: 3\n'],
    ['a later version', 'format: 2\nensemble: dman\nfounding: ab12cd34\nhost: zk1\nid: 3\n'],
  ])('case 18: nothing is stopped or set aside where the data is of %s', async (_, stamp) => {
    const before = await pid()
    host.write('data/stamp', stamp)
    expect(await failing(locked.change(member, rejoin))).toMatchObject({ exit: 5 })
    expect(lives(before)).toBe(true)
    expect(text('data/version-2/snapshot.0')).toBe('garbled')
    host.write('data/stamp', 'format: 1\nensemble: dman\nfounding: ab12cd34\nhost: zk1\nid: 3\n')
  })

  it('nor while a server of ours runs, nor without a stamp', async () => {
    expect(await failing(locked.change(member, { owner, aside: true }))).toMatchObject({ exit: 5 })
    await locked.change(member, { stop: true })
    host.run('rm dman/data/stamp')
    expect(await failing(locked.change(member, { owner, aside: true }))).toMatchObject({ exit: 5 })
    expect(text('data/version-2/snapshot.0')).toBe('garbled')
  })
})
