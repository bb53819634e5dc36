import { describe, expect, it } from 'vitest'
import { act, type Hands } from '../../../src/ensemble/act.ts'
import { linesOf } from '../../../src/ensemble/plan/founding.ts'
import type { Step, Turn } from '../../../src/ensemble/plan/step.ts'
import type { FoundingRecord } from '../../../src/local/founding.ts'
import { Failure, failuresOf, LockLost, NotBegun } from '../../../src/model/failure.ts'
import type { Locked } from '../../../src/remote/remote.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf, ports } from '../build.ts'

const notBegun = new NotBegun({ step: 'take the lock', got: 'no connection', hint: '', exit: 4 })

function handsOn(built: EnsembleBuilder, more: Partial<Hands> & { fails?: string } = {}) {
  const calls: [host: string, script: string, args: unknown][] = []
  const saved: FoundingRecord[] = []
  const locked = (host: string) =>
    ({
      host,
      change: (script: { name: string }, args: unknown) => {
        if (host === more.fails)
          return Promise.reject(new Failure({ step: 'start the member', got: 'disk full', hint: 'df' }))
        calls.push([host, script.name, args])
        return Promise.resolve({})
      },
    }) as unknown as Locked
  const hands: Hands = {
    locked: (host) =>
      built.members.some((member) => member.host === host) ? Promise.resolve(locked(host)) : Promise.reject(notBegun),
    stillHeld: () => Promise.resolve(void calls.push(['-', 'stillHeld', {}])),
    lost: new AbortController().signal,
    look: () => Promise.resolve(built.facts),
    saveFounding: (record) => Promise.resolve(void (saved.push(record), calls.push(['-', 'saveFounding', {}]))),
    reconfigure: (host, ...change) => Promise.resolve(void calls.push([host, 'reconfigure', change])),
    noteGone: (ids) => Promise.resolve(void calls.push(['-', 'noteGone', ids])),
    ...more,
  }
  const run = (step: Step) => act(built.converge(newConf), step, hands)
  return { calls, saved, run }
}
const turn = (host: string, more: Partial<Turn> = {}): Turn => ({
  host,
  conf: newConf,
  switch: true,
  stop: true,
  ...more,
})
const restart = (host: string): Step => ({ kind: 'restart', turns: [turn(host)] })

describe('doing a step', () => {
  it('restarts by one call: stop, switch, start; the lock is looked at before', async () => {
    const { calls, run } = handsOn(ensemble(3))
    await run(restart('zk1'))
    expect(calls).toEqual([
      ['-', 'stillHeld', {}],
      ['zk1', 'member', { stop: true, patience: 20, switch: newConf, start: true }],
    ])
  })

  it('case 41: takes nothing down without the lock', async () => {
    const gone = new LockLost({ step: 'lock', got: 'held by another', hint: 'unlock' })
    const held = handsOn(ensemble(3), { stillHeld: () => Promise.reject(gone) })
    for (const step of [
      restart('zk1'),
      { kind: 'stop', hosts: ['zk1'] } as const,
      { kind: 'put-back', turns: [turn('zk1')] } as const,
    ]) {
      await expect(held.run(step)).rejects.toBe(gone)
    }
    const lost = new AbortController()
    lost.abort(gone)
    const without = handsOn(ensemble(3), { lost: lost.signal })
    await expect(without.run({ kind: 'start', turns: [turn('zk1', { stop: false })] })).rejects.toBe(gone)
    expect([...held.calls, ...without.calls]).toEqual([])
  })

  it('case 26: looks again whether the others are a majority, where it acts', async () => {
    const { calls, run } = handsOn(ensemble(3).down('zk3').leader('zk2'))
    await expect(run(restart('zk1'))).rejects.toMatchObject({
      host: 'zk1',
      got: expect.stringContaining('1 of 3') as string,
    })
    expect(calls.filter(([, script]) => script === 'member')).toEqual([])
  })

  it('case 41: overwrites no record of a founding without the lock', async () => {
    const gone = new Failure({ step: 'lock', got: 'held by another', hint: 'unlock', exit: 6 })
    const { calls, saved, run } = handsOn(ensemble(1).bare(), { stillHeld: () => Promise.reject(gone) })
    const found = { kind: 'found', founding: 'f7', recorded: ['zk1'], lines: [] } as const
    await expect(run({ ...found, turns: [turn('zk1', { stop: false })] })).rejects.toBe(gone)
    expect([calls, saved]).toEqual([[], []])
  })

  it('stops only the member that the inventory names, of the founding that is recorded', async () => {
    const { calls, run } = handsOn(ensemble(1))
    await run({ kind: 'stop', hosts: ['zk1'], founding: 'f1' })
    const owner = { ensemble: 'dman', host: 'zk1', id: 1, founding: 'f1' }
    expect(calls.at(-1)).toEqual(['zk1', 'member', { stop: true, owner, patience: 20 }])
  })

  it('case 18: stops what left for good, cron’s lines first, and both only of the member that the inventory names', async () => {
    const { calls, run } = handsOn(ensemble(1))
    await run({ kind: 'stop', hosts: ['zk1'], founding: 'f1', leaves: true })
    const owner = { ensemble: 'dman', host: 'zk1', id: 1, founding: 'f1' }
    expect(calls).toEqual([
      ['-', 'stillHeld', {}],
      ['zk1', 'crontab', { lines: '', owner }],
      ['zk1', 'member', { stop: true, owner, patience: 20 }],
    ])
  })

  it('changes who belongs only while the lock is held by a majority', async () => {
    const change = { joining: [], leaving: [3], from: '0000000100000000' }
    const { calls, run } = handsOn(ensemble(3))
    await run({ kind: 'reconfig', hosts: ['zk3'], change })
    expect(calls).toEqual([
      ['-', 'stillHeld', {}],
      ['zk3', 'reconfigure', [change, undefined]],
    ])
    const gone = new LockLost({ step: 'lock', got: 'held by another', hint: 'unlock' })
    const held = handsOn(ensemble(3), { stillHeld: () => Promise.reject(gone) })
    await expect(held.run({ kind: 'reconfig', hosts: ['zk3'], change })).rejects.toBe(gone)
    expect(held.calls).toEqual([])
  })

  it('case 27: leaves a member alone that came to serve before it was put back', async () => {
    const { calls, run } = handsOn(ensemble(3).silent('zk2'))
    await run({ kind: 'put-back', turns: [turn('zk1', { conf: oldConf }), turn('zk2', { conf: oldConf })] })
    expect(calls.filter(([, script]) => script === 'member').map(([host]) => host)).toEqual(['zk2'])
  })

  it('starts as it is with nothing but a start', async () => {
    const { calls, run } = handsOn(ensemble(3).down('zk1'))
    await run({ kind: 'start', turns: [turn('zk1', { conf: oldConf, switch: false, stop: false })] })
    expect(calls).toEqual([['zk1', 'member', { start: true }]])
  })

  it('records a founding before the first host learns of it, and never a join', async () => {
    const { calls, saved, run } = handsOn(ensemble(3, 1).bare())
    const lines = linesOf({ members: ensemble(2, 1).desired, ports })
    const found = { kind: 'found', founding: 'f7', recorded: ['zk1', 'zk2'], lines } as const
    await run({ ...found, turns: [turn('zk2', { stop: false })] })
    expect(calls.slice(0, 2).map(([, what]) => what)).toEqual(['stillHeld', 'saveFounding'])
    const addresses = { zk1: '10.0.0.1', zk2: '10.0.0.2' }
    expect(saved).toEqual([{ id: 'f7', hosts: ['zk1', 'zk2'], state: 'begun', addresses, home: 'dman' }])
    expect(calls[2]).toEqual([
      'zk2',
      'member',
      {
        found: {
          ensemble: 'dman',
          founding: 'f7',
          host: 'zk2',
          id: 2,
          members: [
            'server.1=10.0.0.1:2889:3889:participant;10.0.0.1:2180',
            'server.2=10.0.0.2:2889:3889:participant;10.0.0.2:2180',
            'server.3=10.0.0.3:2889:3889:observer;10.0.0.3:2180',
          ],
          initialize: true,
        },
        switch: newConf,
        start: true,
      },
    ])
    await run({ kind: 'join', founding: 'f7', lines, anew: true, turns: [turn('zk2', { stop: false })] })
    expect(calls.at(-1)?.[2]).toMatchObject({ found: { initialize: false, anew: true } })
    expect(saved).toHaveLength(1)
  })

  it('notes what served, and that the founding is done', async () => {
    const { calls, saved, run } = handsOn(ensemble(3).recorded('begun'))
    const founded = { id: 'f1', hosts: ['zk1', 'zk2', 'zk3'], state: 'begun' as const }
    await run({ kind: 'record', served: [{ host: 'zk1', conf: newConf }], founded })
    expect(saved).toEqual([{ ...founded, state: 'done' }])
    expect(calls.at(-1)).toEqual(['zk1', 'served', { conf: newConf }])
  })

  it('does what it can on the other hosts, and names those where it failed or whose lock is not held', async () => {
    const { calls, run } = handsOn(ensemble(2), { fails: 'zk1' })
    const thrown = await run({
      kind: 'start',
      turns: ['zk1', 'zk2', 'zk9'].map((host) => turn(host, { stop: false })),
    }).catch((error: unknown) => failuresOf(error))
    expect((thrown as readonly Failure[]).map(({ host, step, exit }) => [host, step, exit])).toEqual([
      ['zk1', 'start the member', 1],
      ['zk9', 'take the lock', 4],
    ])
    expect(calls.map(([host]) => host)).toEqual(['zk2'])
  })
})
