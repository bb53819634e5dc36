import { existsSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { releaseLock } from '../../src/remote/lock-release.ts'
import { takeLock } from '../../src/remote/lock-take.ts'
import { lockedOf } from '../../src/remote/locked.ts'
import { stampText } from '../../src/remote/member.ts'
import { observe } from '../../src/remote/observe.ts'
import type { Changes, Locked } from '../../src/remote/remote.ts'
import { remove } from '../../src/remote/remove.ts'
import { served } from '../../src/remote/served.ts'
import { settle } from '../../src/remote/settle.ts'
import { sweep } from '../../src/remote/sweep.ts'
import type { Token } from '../../src/remote/token.ts'
import { failing } from './failing.ts'
import { holder, kinds, lives, type LocalHost, localHost } from './local-host.ts'

const [dead, ours] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb']
const owner = { ensemble: 'dman', founding: 'f1', host: 'zk1', id: 1 }
const script = (text: string): Changes<undefined, void> => ({
  name: 'long',
  does: 'work long',
  changes: true,
  text,
  variables: () => ({}),
  result: () => undefined,
})

describe.each(kinds)('cleaning ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  let token: Token
  beforeEach(async () => {
    host = localHost(kind, 'apps/dman')
    ;({ locked, token } = await host.lock(dead))
  })
  afterEach(() => host.remove())
  const laid = async () => {
    const facts = await host.remote.ask(observe, { ports: [] })
    if (facts.laid.is !== 'present') throw new Error(facts.laid.is)
    return facts.laid.value
  }
  /** the run dies, another takes its lock over */
  const takeOver = async () => {
    const taken = await takeLock(host.remote, { token: ours, ...holder, dead })
    if (taken.is !== 'taken') throw new Error('held')
    ranOn = taken.running
    return lockedOf(host.remote, taken.token)
  }
  /** what still ran when the lock was taken over */
  let ranOn: readonly {
    readonly pid: number
    readonly start: string
    readonly script: string
    readonly token: string
  }[]
  const there = (file: string) => existsSync(path.join(host.dman, file))

  it('case 37: a dead run’s script is seen, and waited for', async () => {
    const call = failing(locked.change(script('work; sleep 1; : >done'), undefined, AbortSignal.timeout(300)))
    await expect
      .poll(async () => (await laid()).running, { timeout: 3000 })
      .toMatchObject([{ script: 'long', token: dead }])
    const next = await takeOver()
    await call
    const { running, leftovers } = await laid()
    expect(leftovers).toEqual([])
    expect(ranOn).toEqual(running)
    expect(await next.change(settle, { running: ranOn, grace: 10 })).toEqual([])
    expect(there('done')).toBe(true)
    expect((await laid()).running).toEqual([])
  })

  it('case 37: one that does not end is ended by its identity, with what it started, and changes nothing more', async () => {
    const text = 'work; sh -c "trap \\"\\" TERM; echo \\$\\$ >child; while :; do sleep 0.1; done"; : >done'
    const call = failing(locked.change(script(text), undefined, AbortSignal.timeout(500)))
    await expect.poll(() => there('child'), { timeout: 3000 }).toBe(true)
    const next = await takeOver()
    expect(ranOn).toHaveLength(1)
    expect(await next.change(settle, { running: ranOn, grace: 0 })).toEqual(ranOn.map(({ pid }) => pid))
    const child = host.run('cat apps/dman/child').trim()
    expect(lives(child)).toBe(false)
    expect(there('done')).toBe(false)
    expect((await laid()).running).toEqual([])
    await call
  })

  it('case 37: what a script started is ended also where the script itself ends at once, as an upload does', async () => {
    const register = 'read -r s </proc/$$/stat; set -- ${s##*) }; : >run/changing.send.$$.${20}.TOKEN'
    const upload = `${register}; sleep 30 & echo $! >child; wait`
    host.run(`cd apps/dman && { sh -c '${upload.replace('TOKEN', token.text)}' >/dev/null 2>&1 & }`)
    await expect.poll(() => there('child'), { timeout: 3000 }).toBe(true)
    const next = await takeOver()
    const { running } = await laid()
    expect(await next.change(settle, { running, grace: 0 })).toEqual(running.map(({ pid }) => pid))
    expect(running).toMatchObject([{ script: 'send', token: dead }])
    expect(lives(host.run('cat apps/dman/child').trim())).toBe(false)
  })

  it('settles neither what is not registered nor what is this run’s own', async () => {
    const other = Number(host.run('sleep 30 >/dev/null 2>&1 & echo $!'))
    const start = host.run(`sed 's/.*) //' /proc/${other}/stat | awk '{ print $20 }'`).trim()
    host.write(`run/changing.unpack.${other}.1.${dead}`, '')
    const running = [
      { script: 'x', pid: other, start, token: dead },
      { script: 'unpack', pid: other, start: '1', token: dead },
      { script: 'x', pid: 1, start: '1', token: dead },
    ]
    expect(await locked.change(settle, { running, grace: 0 })).toEqual([])
    host.write(`run/changing.unpack.${other}.${start}.${dead}`, '')
    expect(await locked.change(settle, { running: running.slice(0, 1), grace: 0 })).toEqual([])
    expect(lives(other)).toBe(true)
    host.run(`kill ${other}`)
  })

  it('case 5: an upload under way is no left-over; one that died is', async () => {
    let push: (bytes: Buffer | null) => void = () => undefined
    const slow = new Readable({
      read() {
        push = (bytes) => void this.push(bytes)
      },
    })
    const call = failing(locked.send(slow, 'java.tar.gz', 100))
    push(Buffer.alloc(10))
    await expect.poll(() => there('tmp/java.tar.gz'), { timeout: 3000 }).toBe(true)
    const { running, leftovers } = await laid()
    expect(running).toMatchObject([{ script: 'send', token: dead }])
    expect(leftovers).toEqual([])
    host.run(`kill -KILL ${running[0]?.pid}`)
    push(null)
    expect(await call).toMatchObject({ exit: 4 })
    await expect.poll(async () => (await laid()).leftovers, { timeout: 3000 }).toContain('tmp/java.tar.gz')
    const next = await takeOver()
    const swept = await next.change(sweep, { paths: (await laid()).leftovers })
    expect(swept.removed).toHaveLength(2)
    expect((await laid()).leftovers).toEqual([])
  })

  it('sweeps what it is told, below tmp and run, or of a restore, alone, and nothing that is being written', async () => {
    host.write('tmp/old folder/x', '')
    host.write('tmp/-rf', '')
    host.write('data/myid', '1\n')
    host.write('run/served', '')
    host.run('mkdir -p apps/dman/tmp/work.1 && echo x >apps/x && chmod 500 "apps/dman/tmp/old folder"')
    host.write(
      `run/changing.lay.${process.pid}.${host.run(`sed 's/.*) //' /proc/${process.pid}/stat | awk '{ print $20 }'`).trim()}.${dead}`,
      '',
    )
    host.write(`tmp/work.${process.pid}/x`, '')
    const paths = ['tmp/old folder', 'tmp/-rf', 'tmp/work.1', `tmp/work.${process.pid}`, 'tmp/absent']
    const wrong = [
      'data/myid',
      'tmp/../data',
      'tmp/..',
      'run/served',
      'run/lock',
      '../x',
      '/etc',
      'tmp/',
      '',
      'tmp/a/../../data',
      'data/restore.x/../version-2',
    ]
    const done = await locked.change(sweep, { paths: [...paths, ...wrong] })
    expect(done).toEqual({ removed: paths.slice(0, 3), kept: [`tmp/work.${process.pid}`] })
    expect(there('data/myid') && there('run/served') && existsSync(path.join(host.home, 'apps/x'))).toBe(true)
  })

  it('removes old releases, but none that is current, served last or before, running or linked to by these', async () => {
    const link = (conf: string, java: string) =>
      `mkdir -p releases/${conf} releases/${java}; ln -s ../${java} releases/${conf}/java`
    host.run(`cd apps/dman; ${link('conf-1', 'java-1')}; ${link('conf-2', 'java-2')}; ${link('conf-3', 'java-3')}; ${link('conf-4', 'java-4')}; ${link('conf-5', 'java-5')}
      ln -s releases/conf-1 current; printf 'conf-2\\nconf-5\\n' >run/served
      printf 'format: 1\\npid: 1\\nstart: 1\\nnonce: 0123456789abcdef\\nconf: conf-3\\n' >run/server`)
    const releases = [1, 2, 3, 4, 5].flatMap((n) => [`conf-${n}`, `java-${n}`])
    const done = await locked.change(sweep, { releases: [...releases, '../data', ''] })
    expect(done.removed).toEqual(['releases/conf-4', 'releases/java-4'])
    expect(done.kept).toHaveLength(8)
  })

  it('keeps note of what served last, and of what did before that', async () => {
    const [first, second] = ['conf-000000000001', 'conf-000000000002']
    for (const [conf, previous] of [
      [first, { is: 'absent' }],
      [first, { is: 'absent' }],
      [second, { is: 'present', value: first }],
      [second, { is: 'present', value: first }],
      [first, { is: 'present', value: second }],
    ] as const) {
      await locked.change(served, { conf })
      expect(await laid()).toMatchObject({ served: { is: 'present', value: conf }, previous })
    }
  })

  it('removes former data that is older than the newest three, and nothing else that it is told', async () => {
    const names = ['1700000001-repair', '1700000002-0', '1700000003-repair', '1700000004-0', '1700000005-repair.99']
    for (const name of names) host.write(`data/aside.${name}/version-2/log.1`, '')
    host.write('data/version-2/log.1', '')
    const asides = (await laid()).asides
    expect(asides).toHaveLength(5)
    const wrong = ['data/version-2', 'data/aside.', 'data/aside.1700000001-repair/..', 'data/..', 'data', '/etc']
    const done = await locked.change(sweep, { asides: [...asides, ...wrong] })
    expect(done.removed).toEqual(['data/aside.1700000001-repair', 'data/aside.1700000002-0'])
    expect((await laid()).asides).toEqual(asides.slice(2))
    expect(there('data/version-2/log.1')).toBe(true)
  })

  const whole = () => {
    for (const file of [
      'bin/start',
      'log/x',
      'cache/x',
      'tmp/x',
      'run/served',
      'releases/conf-1/x',
      'data/myid',
      'data/version-2/log.1',
      'data/zoo.cfg',
    ])
      host.write(file, '')
    host.write('data/stamp', stampText(owner))
    host.run('cd apps/dman; ln -s releases/conf-1 current; chmod 500 releases/conf-1')
  }

  it('destroys all but data, and nothing that is not ours', async () => {
    whole()
    host.run('echo x >apps/dman/theirs')
    expect(await locked.change(remove, { data: false, owner })).toEqual(['data', 'theirs'])
    expect(await releaseLock(host.remote, token)).toBe(true)
    expect(host.run('find apps | sort').trim().split('\n')).toEqual([
      'apps',
      'apps/dman',
      'apps/dman/data',
      'apps/dman/data/myid',
      'apps/dman/data/stamp',
      'apps/dman/data/version-2',
      'apps/dman/data/version-2/log.1',
      'apps/dman/data/zoo.cfg',
      'apps/dman/theirs',
    ])
  })

  it('destroys data too, and leaves no folder behind', async () => {
    whole()
    expect(await locked.change(remove, { data: true, owner })).toEqual([])
    expect(await locked.change(remove, { data: true, owner })).toEqual([])
    expect(await releaseLock(host.remote, token)).toBe(true)
    expect(host.run('ls -A')).toBe('')
  })

  it.each([
    ['another founding', { ...owner, founding: 'f2' }],
    ['another host', { ...owner, host: 'zk2' }],
    ['another id', { ...owner, id: 2 }],
    ['another ensemble', { ...owner, ensemble: 'other' }],
    ['nobody, as it was seen', undefined],
  ])('case 18: destroys nothing where the data is not of %s', async (_, other) => {
    whole()
    const before = host.run('find apps/dman/data apps/dman/releases | sort')
    const asked = { data: true, ...(other && { owner: other }) }
    expect(await failing(locked.change(remove, asked))).toMatchObject({ exit: 5 })
    expect(host.run('find apps/dman/data apps/dman/releases | sort')).toBe(before)
  })

  it('case 18: destroys no data that has no stamp', async () => {
    whole()
    host.run('rm apps/dman/data/stamp')
    expect(await failing(locked.change(remove, { data: true, owner }))).toMatchObject({ exit: 5 })
    expect(there('data/version-2/log.1') && there('bin/start')).toBe(true)
  })

  it('destroys data that lies behind a link', async () => {
    host.run(
      'mkdir -p elsewhere/version-2; echo 1 >elsewhere/myid; : >elsewhere/stamp; ln -s ../../elsewhere apps/dman/data',
    )
    host.write('data/stamp', stampText(owner))
    expect(await locked.change(remove, { data: true, owner })).toEqual([])
    expect(host.run('ls -A elsewhere apps/dman')).toBe('apps/dman:\nrun\n\nelsewhere:\n')
  })
})
