import { describe, expect, it } from 'vitest'
import type { EnsembleFacts, Serving } from '../../../src/ensemble/facts.ts'
import { type Glance, pausesOf, timePause } from '../../../src/ensemble/pause.ts'
import type { Step } from '../../../src/ensemble/plan/step.ts'
import { absent, type Fact, present } from '../../../src/model/fact.ts'
import { ensemble, oldConf } from '../build.ts'

const restart = (host: string): Step => ({
  kind: 'restart',
  turns: [{ host, conf: oldConf, switch: false, stop: true }],
})
const leads = (epoch: number): Fact<Serving> =>
  present({
    mode: 'leader',
    zxid: `${String(epoch).padStart(8, '0')}00000000`,
    version: null,
    connections: null,
  })
/** As observed at that moment: zk1 leads in a later epoch, and zk3 runs as another process, with or without a session through it. */
function later(at: number, { epoch = 2, session = false, replaced = true } = {}): EnsembleFacts {
  const { members, ...rest } = ensemble(3).leader('zk1').facts
  const changed = members.map((member) => {
    if (member.host === 'zk1') return { ...member, serving: epoch === 0 ? absent : leads(epoch) }
    if (member.host !== 'zk3' || member.laid.is !== 'present' || !replaced) return member
    const server = present({ pid: 9, start: '2', nonce: 'another', conf: oldConf, alive: true })
    const laid = present({ ...member.laid.value, server })
    return { ...member, laid, session: session ? present<true>(true) : absent }
  })
  return { ...rest, members: changed, at }
}
const before = ensemble(3).leader('zk3').later(1_000).facts

describe('how long writes were impossible', () => {
  it('is not asked of a step that leaves leader and majority alone', () => {
    expect(timePause(restart('zk1'), before)).toBeUndefined()
    expect(timePause({ kind: 'record', served: [{ host: 'zk3', conf: oldConf }] }, before)).toBeUndefined()
    expect(timePause(restart('zk1'), ensemble(3).down('zk1', 'zk2', 'zk3').facts)).toBeUndefined()
  })

  it('is at most from the last observation before to the first that shows a leader of a later epoch', () => {
    const timing = timePause(restart('zk3'), before)
    timing?.observed(later(1_300, { epoch: 0 }))
    timing?.observed(later(1_700))
    timing?.observed(later(2_500))
    expect(timing?.end()).toEqual({ host: 'zk3', atMost: 700 })
  })

  it('is asked of the leader’s own move, which may make it give up leading, and of nobody else’s', () => {
    const move = (host: string): Step => ({
      kind: 'reconfig',
      hosts: [host],
      change: { joining: [], leaving: [], from: '1' },
    })
    expect(timePause(move('zk1'), before)).toBeUndefined()
    const timing = timePause(move('zk3'), before)
    timing?.observed(later(1_400, { replaced: false }))
    expect(timing?.end()).toEqual({ host: 'zk3', atMost: 400 })
    // another port for clients alone: it leads on
    expect(timePause(move('zk3'), before)?.end()).toBeUndefined()
  })

  it('of a majority that went with a follower it is over with the first session through that one', () => {
    const two = ensemble(2).leader('zk2').later(1_000).facts
    const timing = timePause(restart('zk1'), two)
    expect(timing).toBeDefined()
    timing?.observed({ ...two, at: 1_500 })
    const session = two.members.map((member) =>
      member.host === 'zk1' && member.laid.is === 'present'
        ? {
            ...member,
            session: present<true>(true),
            laid: present({
              ...member.laid.value,
              server: present({ pid: 9, start: '2', nonce: 'another', conf: oldConf, alive: true }),
            }),
          }
        : member,
    )
    timing?.observed({ ...two, members: session, at: 2_250 })
    expect(timing?.end()).toEqual({ host: 'zk1', atMost: 1_250 })
  })

  it('has no end where none was seen, and is none where the very same leader leads on', () => {
    const timing = timePause(restart('zk3'), before)
    timing?.observed(later(1_300, { epoch: 0 }))
    expect(timing?.end()).toEqual({ host: 'zk3', atMost: null })
    const vain = timePause(restart('zk3'), before)
    vain?.observed({ ...before, at: 1_300 })
    expect(vain?.end()).toBeUndefined()
  })

  it('is bounded more closely by looks at single members; an answer of the former leader after its end counts for nothing', async () => {
    let time = 1_000
    const answers: Record<string, (at: number) => Fact<Serving>> = {
      zk1: (at) => (at < 1_600 ? absent : leads(2)),
      zk2: () => absent,
      // gone from 1200 to 1300, and back in the former epoch for a moment
      zk3: (at) => (at < 1_200 || (at > 1_300 && at < 1_400) ? leads(1) : absent),
    }
    const glance: Glance = {
      serving: (host) => Promise.resolve(answers[host]?.(time) ?? absent),
      now: () => time,
      async sleep() {
        await Promise.resolve()
        time += 10
      },
    }
    const timing = timePause(restart('zk3'), before, glance)
    // the looks end by themselves once they have seen it
    for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve()
    timing?.observed(later(2_000))
    const { atMost } = timing?.end() ?? { atMost: null }
    expect(atMost).toBeGreaterThanOrEqual(400)
    expect(atMost).toBeLessThanOrEqual(450)
  })

  it('of a leader that is reconfigured away begins with the step: it says that it leads when nobody follows it any more', async () => {
    let time = 1_000
    const answers: Record<string, Fact<Serving>> = { zk3: leads(1) }
    const glance: Glance = {
      serving: (host) => Promise.resolve(time >= 1_500 && host === 'zk1' ? leads(2) : (answers[host] ?? absent)),
      now: () => time,
      async sleep() {
        await Promise.resolve()
        time += 10
      },
    }
    const change = { joining: [], leaving: [3], from: '1' }
    const timing = timePause({ kind: 'reconfig', hosts: ['zk3'], change }, before, glance)
    for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve()
    expect(timing?.end()?.atMost).toBeGreaterThanOrEqual(500)
  })

  it('of a stop of all lasts through the start after it; where all are to be stopped it is nobody’s question', () => {
    const stop: Step = { kind: 'stop', hosts: ['zk1', 'zk2', 'zk3'] }
    const start: Step = {
      kind: 'start',
      turns: stop.hosts.map((host) => ({ host, conf: oldConf, switch: true, stop: false })),
    }
    const down = ensemble(3).down('zk1', 'zk2', 'zk3').later(1_400).facts
    const pauses = (kind: 'converge' | 'stop') => {
      const timed = pausesOf({ kind }, undefined)
      timed.begins(stop, before)
      timed.observed(down)
      timed.begins(start, down)
      timed.observed(later(1_900))
      return timed.all()
    }
    expect(pauses('converge')).toEqual([{ host: 'zk3', atMost: 900 }])
    expect(pauses('stop')).toEqual([])
  })
})
