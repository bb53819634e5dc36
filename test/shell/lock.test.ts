import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beatLock } from '../../src/remote/lock-beat.ts'
import { breakLock } from '../../src/remote/lock-break.ts'
import { releaseLock } from '../../src/remote/lock-release.ts'
import { takeLock } from '../../src/remote/lock-take.ts'
import { observe } from '../../src/remote/observe.ts'
import { failing } from './failing.ts'
import { holder, kinds, type LocalHost, localHost } from './local-host.ts'

const [mine, other] = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb']

describe.each(kinds)('the lock ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind, 'apps/dman')
  })
  afterEach(() => host.remove())
  const take = (token: string, dead?: string) =>
    takeLock(host.remote, { token, ...holder, ...(dead === undefined ? {} : { dead }) })
  const seen = async () => (await host.remote.ask(observe, { ports: [] })).lock

  it('is taken where nothing was, with modes of its own', async () => {
    expect(await take(mine)).toMatchObject({ is: 'taken', token: { host: 'zk1', text: mine } })
    expect(host.run('find apps ! -type l | sort | xargs stat -c "%a %n"').trim().split('\n')).toEqual([
      '700 apps',
      '700 apps/dman',
      '700 apps/dman/run',
      '700 apps/dman/run/lock',
      `700 apps/dman/run/lock/${mine}`,
      `600 apps/dman/run/lock/${mine}/beat`,
      `600 apps/dman/run/lock/${mine}/holder`,
    ])
  })

  it('case 24: tells the second who holds it, since when, and how old its heartbeat is', async () => {
    await take(mine)
    const second = await take(other)
    const { value } = (await seen()) as { value: unknown }
    expect(second).toMatchObject({ is: 'held', lock: { token: mine, ...holder, format: 1 } })
    expect(value).toMatchObject({ token: mine, ...holder, format: 1 })
    if (second.is !== 'held') return
    expect(second.lock.boot).toBe(second.boot)
    expect(second.lock.age).toBeLessThan(5)
    expect(Math.abs(second.lock.since - Date.now() / 1000)).toBeLessThan(5)
    expect(await take(mine)).toMatchObject({ is: 'taken' })
  })

  it('is won by one of many who come at once', async () => {
    const tokens = Array.from({ length: 6 }, (_, at) => String(at).repeat(16))
    const results = await Promise.all(tokens.map((token) => take(token)))
    expect(results.filter(({ is }) => is === 'taken')).toHaveLength(1)
    expect(host.run('ls apps/dman/run apps/dman/run/lock').trim().split('\n')).toHaveLength(5)
  })

  it('case 25: a dead one is taken over by one of many, and only if it is the one that was named', async () => {
    await take(mine)
    expect(await take(other, 'cccccccccccccccc')).toMatchObject({ is: 'held', lock: { token: mine } })
    const tokens = Array.from({ length: 6 }, (_, at) => String(at).repeat(16))
    const results = await Promise.all(tokens.map((token) => take(token, mine)))
    const winners = results.flatMap((taken) => (taken.is === 'taken' ? [taken.token.text] : []))
    expect(winners).toHaveLength(1)
    expect(await seen()).toMatchObject({ value: { token: winners[0] } })
  })

  it('beats and ages by the host’s own uptime', async () => {
    const { token } = await host.lock(mine)
    host.run(`echo 1.50 >apps/dman/run/lock/${mine}/beat`)
    const before = await seen()
    expect(before.is === 'present' && before.value.age).toBeGreaterThan(10)
    await beatLock(host.remote, token)
    const after = await seen()
    expect(after.is === 'present' && after.value.age).toBeLessThan(5)
  })

  it('case 41: neither beats nor releases another’s', async () => {
    const { token } = await host.lock(mine)
    await take(other, mine)
    expect(await failing(beatLock(host.remote, token))).toMatchObject({ exit: 6, step: 'keep the lock' })
    expect(await releaseLock(host.remote, token)).toBe(false)
    expect(await seen()).toMatchObject({ value: { token: other } })
  })

  it('its release leaves nothing where nothing was, and what was there stays', async () => {
    const { token } = await host.lock(mine)
    expect(await releaseLock(host.remote, token)).toBe(true)
    expect(existsSync(host.home)).toBe(true)
    expect(host.run('ls -A')).toBe('')
    host.write('data/myid', '1\n')
    const again = await host.lock(mine)
    host.run('echo x >apps/else')
    expect(await releaseLock(host.remote, again.token)).toBe(true)
    expect(host.run('ls -A apps apps/dman')).toBe('apps:\ndman\nelse\n\napps/dman:\ndata\n')
    expect(await releaseLock(host.remote, again.token)).toBe(false)
  })

  it('breaks the one that is named, and no other', async () => {
    await take(mine)
    expect(await breakLock(host.remote, other)).toBe(false)
    expect(await breakLock(host.remote, mine)).toBe(true)
    expect(await seen()).toEqual({ is: 'absent' })
  })

  it.each([
    ['the lock', `run/lock/${other}/holder`, 'format: 2\nwho: eve\n'],
    ['data/stamp', 'data/stamp', 'format: 2\nensemble: dman\n'],
    ['run/server', 'run/server', 'format: 2\n'],
  ])('case 42: refuses %s of a later version, and changes nothing', async (what, file, text) => {
    host.write(file, text)
    const before = host.run('find apps | sort')
    const words = `${what} was written by a later version of dman-bootstrap (format 2)`
    expect(await failing(take(mine, other))).toMatchObject({ exit: 5, got: words })
    if (what === 'the lock') expect(await failing(breakLock(host.remote, other))).toMatchObject({ exit: 5 })
    expect(host.run('find apps | sort').replace('apps/dman/run\n', '')).toBe(before.replace('apps/dman/run\n', ''))
  })

  it('tells where nothing can be written', async () => {
    host.run('echo x >apps')
    expect(await failing(take(mine))).toMatchObject({ exit: 1, got: expect.stringContaining('cannot make') as string })
  })
})
