import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HeldLock, LockOptions } from '../../../../src/hosts/lock.ts'
import { Failure } from '../../../../src/model/failure.ts'
import type { HostName } from '../../../../src/model/names.ts'
import { holder } from '../build.ts'
import { near, outcome, run, three, World } from './world.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const self = holder('mine')

describe('what an earlier run left running', () => {
  const running = [{ script: 'unpack', pid: 7, start: '1', token: 'dead' }]

  it('case 37: is settled once all is held and before the body begins, on its hosts alone', async () => {
    const world = new World(three)
    world.running.set('zk2', running)
    const waits: string[] = []
    const emit: LockOptions['emit'] = (event) => {
      if (event.is === 'waiting') waits.push(event.for)
    }
    const calls = await run(world, self, () => Promise.resolve([...world.calls]), { emit })
    expect(calls).toEqual(['take zk1', 'take zk2', 'take zk3', 'settle zk2'])
    expect(waits).toEqual(['unpack (pid 7) of an earlier run on zk2 to end'])
  })

  it('case 37: and where it does not end nothing is begun', async () => {
    const world = new World(three)
    world.running.set('zk2', running)
    world.stubborn = new Failure({ step: 'settle', got: 'it does not end', hint: '' })
    let begun = false
    expect(await outcome(run(world, self, () => Promise.resolve((begun = true))))).toBe('1 zk2 it does not end')
    expect([begun, world.locks.size]).toEqual([false, 0])
  })

  it('case 37: on a host that comes later it is settled, and what was seen there before is not acted upon', async () => {
    const world = new World(three)
    world.running.set('zk3', running)
    let reached = ['zk1', 'zk2']
    const way = { ...near, reaches: (host: HostName) => reached.includes(host) }
    const body = async (lock: HeldLock) => {
      reached = three
      const first = await outcome(lock.of('zk3'))
      return [first, await outcome(lock.of('zk3')), world.calls.filter((call) => call === 'settle zk3').length]
    }
    expect(await run(world, self, body, {}, way)).toEqual([
      '4 zk3 what an earlier run had left running there has only now ended',
      'done',
      1,
    ])
  })

  it('case 37: nor while it does not end there', async () => {
    const world = new World(three)
    world.running.set('zk3', running)
    world.stubborn = new Failure({ step: 'settle', got: 'it does not end', hint: '' })
    let reached = ['zk1', 'zk2']
    const way = { ...near, reaches: (host: HostName) => reached.includes(host) }
    const body = async (lock: HeldLock) => {
      reached = three
      return [await outcome(lock.of('zk3')), await outcome(lock.of('zk3'))]
    }
    expect(await run(world, self, body, {}, way)).toEqual(['1  it does not end', '1  it does not end'])
    expect(world.locks.size).toBe(0)
  })
})
