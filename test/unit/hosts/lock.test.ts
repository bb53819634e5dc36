import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HeldLock, type LockOptions, withLock } from '../../../src/hosts/lock.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { HostName } from '../../../src/model/names.ts'
import { holder } from './build.ts'
import { lasting, lockOf, near, options, outcome, reaching, remoteOf, run, three, World } from './lock/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const self = holder('mine')
const other = holder('other')

describe('withLock', () => {
  it('holds every host while the body runs, and none after', async () => {
    const world = new World(three)
    const held = await run(world, self, async (lock) => [
      world.heldBy(self),
      (await Promise.all(three.map(lock.of))).map(({ host }) => host),
    ])
    expect(held).toEqual([three, three])
    expect(world.calls.filter((call) => call.startsWith('take'))).toHaveLength(3)
    expect(world.locks.size).toBe(0)
  })

  it('takes the first alone and the others side by side: two round trips', async () => {
    const world = new World(three)
    const begun = Date.now()
    const body = () => Promise.resolve(Date.now() - begun)
    const taken = run(world, self, body, {}, { ...near, delay: () => 50 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(await taken).toBe(200)
    expect(world.calls.slice(0, 3)).toEqual(['take zk1', 'take zk2', 'take zk3'])
  })

  it('gives the lock back when the body fails, and fails as it did', async () => {
    const world = new World(three)
    const broken = new Failure({ step: 'unpack', got: 'broken', hint: '' })
    await expect(run(world, self, () => Promise.reject(broken))).rejects.toBe(broken)
    expect(world.locks.size).toBe(0)
  })

  it('does not let a failing release hide what the body returned or threw', async () => {
    const world = new World(three)
    let reaches = true
    const warned: string[] = []
    const emit: LockOptions['emit'] = (event) => {
      if (event.is === 'log') warned.push(event.text)
    }
    const cut = { ...near, reaches: () => reaches }
    const body = () => Promise.resolve((reaches = false))
    expect(await run(world, self, body, { emit }, cut)).toBe(false)
    expect(warned).toHaveLength(3)
  })

  it('case 24: refuses with exit 6 where another holds any host, and gives back what it took', async () => {
    const world = new World(three)
    world.lay('zk3', other)
    expect(await outcome(run(world, self, () => Promise.reject(new Error('ran'))))).toBe(
      '6 zk3 held by other@desk (pid 5) since 2023-11-14 22:13:20 UTC',
    )
    expect(world.heldBy(self)).toEqual([])
    expect(world.heldBy(other)).toEqual(['zk3'])
  })

  it('leaves unreachable hosts out while a majority is held', async () => {
    const world = new World(three)
    const way = reaching('zk2', 'zk3')
    expect(await run(world, self, () => Promise.resolve(world.heldBy(self)), {}, way)).toEqual(['zk2', 'zk3'])
  })

  it.each([
    ['of hosts', { hosts: three }, ['zk1'], '4  only on 1 of 3 hosts, which is no majority'],
    ['of four hosts', { hosts: [...three, 'zk4'] }, ['zk1', 'zk2'], '4  only on 2 of 4 hosts, which is no majority'],
    ['of members', { hosts: ['zk1'], members: three }, ['zk1'], '4  only on 1 of 3 members, which is no majority'],
    ['of hosts at all', { hosts: three }, [], '4  only on 0 of 3 hosts, which is no majority'],
  ])('refuses without a majority %s', async (_, more, reached, said) => {
    const world = new World([...three, 'zk4'])
    expect(await outcome(run(world, self, () => Promise.resolve(), more, reaching(...reached)))).toBe(said)
    expect(world.locks.size).toBe(0)
  })

  it('fails where a reachable host cannot be locked for another reason', async () => {
    const world = new World(three)
    const make = lockOf(world, self)
    const full = new Failure({ host: 'zk2', step: 'take the lock', got: 'no space left', hint: '' })
    const locks = (remote: { host: HostName }) =>
      remote.host === 'zk2' ? { ...make(remote), take: () => Promise.reject(full) } : make(remote)
    const promise = withLock(three.map(remoteOf), self, options(), () => Promise.resolve(), locks)
    expect(await outcome(promise)).toBe('1 zk2 no space left')
    expect(world.locks.size).toBe(0)
  })
})

describe('a dead lock', () => {
  it('case 25: is taken over at once where its process here is gone', async () => {
    const world = new World(three)
    world.lay('zk1', other)
    world.lay('zk2', other)
    const here = holder('mine', { operator: other.operator, lives: () => false })
    expect(await run(world, here, () => Promise.resolve(world.heldBy(here)))).toEqual(three)
  })
  it('case 25: is taken over when its heartbeat is older than 15 s, waited for when told to', async () => {
    const world = new World(three)
    world.lay('zk1', other)
    const begun = Date.now()
    const promise = run(world, self, () => Promise.resolve(Date.now() - begun), { wait: 60_000 })
    await vi.advanceTimersByTimeAsync(60_000)
    const waited = await promise
    expect(waited).toBeGreaterThan(15_000)
    expect(waited).toBeLessThan(17_000)
  })
  it('is not taken from one who took it over meanwhile', async () => {
    const world = new World(three)
    world.lay('zk1', other, { beat: 0 })
    const make = lockOf(world, self)
    const locks = (remote: { host: HostName }) => ({
      ...make(remote),
      take: (over?: string) => {
        if (over !== undefined) world.lay('zk1', holder('third'))
        return make(remote).take(over)
      },
    })
    const promise = withLock(three.map(remoteOf), self, options(), () => Promise.resolve(), locks)
    expect(await outcome(promise)).toMatch(/^6 zk1 held by third/)
  })
})

describe('waiting', () => {
  it('case 24: goes on when the other is done', async () => {
    const world = new World(three)
    const first = run(world, other, () => lasting(20_000))
    const second = run(world, self, () => Promise.resolve(world.heldBy(self)), { wait: 30_000 })
    await vi.advanceTimersByTimeAsync(40_000)
    await first
    expect(await second).toEqual(three)
  })
  it('case 24: ends with exit 6 after the given time, and says what it waits for', async () => {
    const world = new World(three)
    const waits: string[] = []
    const emit: LockOptions['emit'] = (event) => {
      if (event.is === 'waiting') waits.push(event.for)
    }
    const first = run(world, other, () => lasting(60_000))
    const second = outcome(run(world, self, () => Promise.resolve(), { wait: 10_000, emit }))
    await vi.advanceTimersByTimeAsync(11_000)
    expect(await second).toMatch(/^6 zk1 held by other@desk/)
    expect(waits[0]).toMatch(/^the lock of zk1, held by other@desk/)
    await vi.advanceTimersByTimeAsync(60_000)
    await first
  })
  it('ends with exit 130 when interrupted', async () => {
    const world = new World(three)
    world.lay('zk1', other)
    const stop = new AbortController()
    const promise = outcome(run(world, self, () => Promise.resolve(), { wait: 10_000, interrupted: stop.signal }))
    await vi.advanceTimersByTimeAsync(500)
    stop.abort()
    expect(await promise).toBe('130  interrupted')
  })
})

describe('while the lock is held', () => {
  it('beats often enough to stay live for others', async () => {
    const world = new World(three)
    const promise = run(world, self, () => lasting(60_000))
    for (let second = 0; second < 59; second++) {
      await vi.advanceTimersByTimeAsync(1000)
      expect(three.map((host) => world.facts(host)?.age ?? Infinity).filter((age) => age > 5)).toEqual([])
    }
    await vi.advanceTimersByTimeAsync(2000)
    await promise
    const calls = world.calls.length
    await vi.advanceTimersByTimeAsync(20_000)
    expect(world.calls.length).toBe(calls)
  })

  it('case 41: a lock that was taken over ends the body at its next look, by signal and when asked', async () => {
    const world = new World(three)
    const seen = run(world, self, async (lock) => {
      await lock.stillHeld()
      world.lay('zk2', other)
      await lasting(5000)
      return [lock.lost.aborted, await outcome(lock.stillHeld())]
    })
    await vi.advanceTimersByTimeAsync(6000)
    expect(await seen).toEqual([true, '6 zk2 another run took it over, or `unlock` removed it'])
    expect(world.heldBy(other)).toEqual(['zk2'])
  })

  it('case 41: asked at once after a sleep, it is told that the lock is lost', async () => {
    const world = new World(three)
    const answer = await run(world, self, (lock) => {
      three.forEach((host) => world.lay(host, other))
      return outcome(lock.stillHeld())
    })
    expect(answer).toMatch(/^6 zk/)
  })

  it('a host that does not answer is no loss, but counts no more', async () => {
    const world = new World(three)
    let reached: readonly string[] = three
    const way = { ...near, reaches: (host: HostName) => reached.includes(host) }
    const body = async (lock: HeldLock) => {
      reached = ['zk1', 'zk2']
      await lock.stillHeld()
      reached = ['zk1']
      return [await outcome(lock.stillHeld()), lock.lost.aborted]
    }
    expect(await run(world, self, body, {}, way)).toEqual(['4  only on 1 of 3 hosts, which is no majority', false])
  })

  it('counts the members as they are now', async () => {
    const world = new World([...three, 'zk4', 'zk5'])
    const now = (lock: HeldLock) => outcome(lock.stillHeld(['zk3', 'zk4', 'zk5']))
    const said = await run(world, self, now, { members: three }, reaching(...three))
    expect(said).toBe('4  only on 1 of 3 members, which is no majority')
  })

  it('a host that comes later is locked before its first change, beats and is given back', async () => {
    const world = new World(three)
    let reached = ['zk1', 'zk2']
    const way = { ...near, reaches: (host: HostName) => reached.includes(host) }
    const promise = run(
      world,
      self,
      async (lock) => {
        await expect(lock.of('zk3')).rejects.toMatchObject({ name: 'NotBegun', host: 'zk3', exit: 4 })
        reached = three
        const joined = [...(await Promise.all([lock.of('zk3'), lock.of('zk3')])), await lock.of('zk3')]
        await lasting(30_000)
        const takes = world.calls.filter((call) => call === 'take zk3')
        return [joined.map(({ host }) => host), world.facts('zk3')?.age ?? Infinity, takes.length]
      },
      {},
      way,
    )
    await vi.advanceTimersByTimeAsync(31_000)
    expect(await promise).toEqual([['zk3', 'zk3', 'zk3'], 2, 3])
    expect(world.locks.size).toBe(0)
  })

  it('case 24: a host that comes later with another live lock is refused', async () => {
    const world = new World(three)
    world.lay('zk3', other)
    let reached = ['zk1', 'zk2']
    const way = { ...near, reaches: (host: HostName) => reached.includes(host) }
    const body = (lock: HeldLock) => outcome(lock.of((reached = three)[2] ?? ''))
    expect(await run(world, self, body, {}, way)).toMatch(/^6 zk3 held by other/)
  })
})
