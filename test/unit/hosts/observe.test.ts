import { describe, expect, it } from 'vitest'
import { Unreachable } from '../../../src/model/failure.ts'
import { observeHosts, observeLocked } from '../../../src/hosts/observe.ts'
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
    expect(facts.get('zk2')).toEqual({ is: 'present', value: host(2).facts })
  })

  it('case 1: what could not be asked is unknown, with host and reason, and the others are known', async () => {
    const down = fakeLocked('zk1', { observe: () => Promise.reject(lost) })
    const up = fakeLocked('zk2', { observe: () => host(2).facts })
    const facts = await observeHosts([down.locked, up.locked], inventory())
    expect(facts.get('zk1')).toMatchObject({ is: 'unknown', why: { host: 'zk1', got: 'connection lost', exit: 4 } })
    expect(facts.get('zk2')).toMatchObject({ is: 'present' })
  })
})

describe('observing under the lock', () => {
  const running = [{ script: 'unpack', pid: 7, start: '1', token: 'dead' }]
  const busy = host(1).laid({ running }).facts

  it('case 37: settles what a dead run left running, and observes that host anew', async () => {
    const answers = [busy, host(1).laid().facts]
    const one = fakeLocked('zk1', { observe: () => answers.shift() })
    const two = fakeLocked('zk2', { observe: () => host(2).facts })
    const facts = await observeLocked([one.locked, two.locked], inventory())
    expect(one.told.map(({ name }) => name)).toEqual(['observe', 'settle', 'observe'])
    expect(one.told[1]?.args).toMatchObject({ running })
    expect(two.told.map(({ name }) => name)).toEqual(['observe'])
    expect(facts.get('zk1')).toEqual({ is: 'present', value: host(1).laid().facts })
  })

  it('case 37: a host where that cannot be settled is unknown', async () => {
    const one = fakeLocked('zk1', { observe: () => busy, settle: () => Promise.reject(lost) })
    expect((await observeLocked([one.locked], inventory())).get('zk1')).toMatchObject({
      is: 'unknown',
      why: lost.of('zk1').parts(),
    })
  })
})
