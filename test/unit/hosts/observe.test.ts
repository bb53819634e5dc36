import { describe, expect, it } from 'vitest'
import { observeHosts } from '../../../src/hosts/observe.ts'
import { Unreachable } from '../../../src/model/failure.ts'
import { host, inventory } from './build.ts'
import { fakeLocked } from './fake-locked.ts'

const lost = new Unreachable({ step: 'observe', got: 'connection lost', hint: '' })

describe('observing hosts', () => {
  it('asks each once, for the ports of the inventory', async () => {
    const fakes = [1, 2].map((id) => fakeLocked(`zk${id}`, { observe: () => host(id).facts }))
    const facts = await observeHosts(
      fakes.map(({ locked }) => locked),
      inventory(),
    )
    expect(fakes.map(({ told }) => told)).toEqual(
      Array(2).fill([{ name: 'observe', args: { ports: [2180, 2889, 3889] } }]),
    )
    expect([...facts.keys()]).toEqual(['zk1', 'zk2'])
    const seen = facts.get('zk2')
    const seenAt = seen?.is === 'present' ? seen.value.machine.seenAt : 0
    expect(Math.abs(seenAt - Date.now() / 1000)).toBeLessThan(5)
    expect(seen).toEqual({ is: 'present', value: host(2).machine({ seenAt }).facts })
  })

  it('case 1: what could not be asked is unknown, with host and reason, and the others are known', async () => {
    const down = fakeLocked('zk1', { observe: () => Promise.reject(lost) })
    const up = fakeLocked('zk2', { observe: () => host(2).facts })
    const facts = await observeHosts([down.locked, up.locked], inventory())
    expect(facts.get('zk1')).toMatchObject({ is: 'unknown', why: { host: 'zk1', got: 'connection lost', exit: 4 } })
    expect(facts.get('zk2')).toMatchObject({ is: 'present' })
  })
})
