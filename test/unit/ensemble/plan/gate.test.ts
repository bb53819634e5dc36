import { describe, expect, it } from 'vitest'
import type { EnsembleFacts, MemberFacts, Serving } from '../../../../src/ensemble/facts.ts'
import { gate, sessionsDue } from '../../../../src/ensemble/plan/gate.ts'
import type { Step } from '../../../../src/ensemble/plan/step.ts'
import { addStep, beginTrail, type Trail } from '../../../../src/ensemble/plan/trail.ts'
import { absent, present, unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { ensemble, newConf } from '../../build.ts'
import { withLeading } from '../leading.ts'

const three = ensemble(3)
const waits = (facts: EnsembleFacts, trail: Trail = beginTrail(0), built = three) =>
  gate(built.converge(), facts, trail)
const change = (
  facts: EnsembleFacts,
  host: string,
  how: (member: MemberFacts) => Partial<MemberFacts>,
): EnsembleFacts => ({
  ...facts,
  members: facts.members.map((member) => (member.host === host ? { ...member, ...how(member) } : member)),
})
const serving = (facts: EnsembleFacts, host: string, how: Partial<Serving>) =>
  change(facts, host, ({ serving: fact }) =>
    fact.is === 'present' ? { serving: present({ ...fact.value, ...how }) } : {},
  )
const without = <T extends object, K extends keyof T>(all: T, key: K) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name !== key)) as Omit<T, K>
const restart: Step = { kind: 'restart', turns: [{ host: 'zk1', conf: newConf, switch: true, stop: true }] }
const restarted = addStep(beginTrail(0), restart, three.facts, 0)

describe('the gate', () => {
  it('is open where all serve, synced, under one leader', () => expect(waits(three.facts)).toBeUndefined())

  it('waits for every member that should serve', () => {
    expect(waits(three.down('zk1').facts)?.for).toBe('zk1 to serve')
    expect(waits(three.silent('zk1', 'zk2').facts)?.for).toBe('zk1 and zk2 to serve')
    expect(waits(three.hung('zk1').facts)?.for).toBe('zk1 to serve')
  })

  it('does not take another process, or another role, for the member', () => {
    const foreign = change(three.facts, 'zk1', ({ laid }) =>
      laid.is === 'present' ? { laid: present({ ...laid.value, server: absent }) } : {},
    )
    expect(waits(foreign)?.for).toBe('zk1 to serve')
    expect(waits(serving(three.facts, 'zk1', { mode: 'observer' }))?.for).toBe('zk1 to serve')
    expect(waits(serving(three.facts, 'zk1', { mode: 'standalone' }))?.for).toBe('zk1 to serve')
  })

  it('waits for one leader, not none and not two', () => {
    expect(waits(serving(three.facts, 'zk3', { mode: 'follower' }))?.for).toBe('one leader')
    expect(waits(serving(three.facts, 'zk1', { mode: 'leader' }))?.for).toBe('one leader')
  })

  it("waits for the leader's numbers: synced followers less those without a vote, observers, syncs", () => {
    const of = (numbers: Parameters<typeof withLeading>[1], built = three) =>
      waits(withLeading(built.facts, numbers), beginTrail(0), built)?.for
    expect(of({ syncedFollowers: 1 })).toBe('2 synced followers, 1 so far')
    expect(of({ syncedFollowers: 3, syncedNonVotingFollowers: 1 })).toBeUndefined()
    expect(of({ syncedFollowers: 2, syncedNonVotingFollowers: 1 })).toBe('2 synced followers, 1 so far')
    expect(of({ syncedObservers: 0 }, ensemble(3, 1))).toBe('1 synced observers, 0 so far')
    expect(of({ pendingSyncs: 2 })).toBe('2 pending syncs')
    const mute = change(three.facts, 'zk3', ({ serving: fact }) =>
      fact.is === 'present' ? { serving: present(without(fact.value, 'leading')) } : {},
    )
    expect(waits(mute)?.for).toBe('the numbers of the leader zk3')
  })

  it('waits for /zookeeper/config', () => {
    const why = new Failure({ step: 'read', got: 'no answer', hint: 'again' })
    expect(waits({ ...three.facts, config: unknown(why) })?.for).toBe('an answer of /zookeeper/config')
  })

  it("waits for a restarted member to reach the leader's zxid from before the stop", () => {
    const facts = change(serving(three.facts, 'zk1', { zxid: '000000010000000f' }), 'zk1', () => ({
      session: present(true),
    }))
    expect(waits(facts, restarted)?.for).toBe('zk1 to reach zxid 0x100000010')
    expect(waits(serving(facts, 'zk1', { zxid: '0000000100000010' }), restarted)).toBeUndefined()
    expect(waits(facts)).toBeUndefined()
  })

  it('asks for no zxid of an election without a write, and for a session before any', () => {
    const elected = serving(three.facts, 'zk3', { zxid: '0000000200000000' })
    const trail = addStep(beginTrail(0), restart, elected, 0)
    expect(waits(elected, trail)?.through).toEqual(['zk1'])
    expect(waits(serving(three.facts, 'zk1', { zxid: '000000010000000f' }), restarted)?.through).toEqual(['zk1'])
    const tried = change(elected, 'zk1', () => ({ session: present(true) }))
    expect(waits(tried, trail)).toBeUndefined()
  })

  it('will ask for sessions through processes of ours that this run started, those that were not tried yet', () => {
    const both = addStep(
      restarted,
      { kind: 'start', turns: [{ host: 'zk2', conf: newConf, switch: false, stop: false }] },
      three.facts,
      0,
    )
    const due = (facts: EnsembleFacts, trail: Trail) => sessionsDue(three.converge(), facts, trail)
    const { facts } = ensemble(3).silent('zk2')
    expect(due(facts, both)).toEqual(['zk1', 'zk2'])
    expect(due(facts, beginTrail(0))).toEqual([])
    expect(
      due(
        change(facts, 'zk1', () => ({ session: present(true) })),
        both,
      ),
    ).toEqual(['zk2'])
    expect(due(ensemble(3).down('zk2').facts, both)).toEqual(['zk1'])
  })

  it('waits for a session through each member that this run started, those first that were not tried', () => {
    expect(waits(three.facts, restarted)).toMatchObject({ for: 'a session through zk1', through: ['zk1'] })
    const both = addStep(
      restarted,
      { kind: 'start', turns: [{ host: 'zk2', conf: newConf, switch: false, stop: false }] },
      three.facts,
      0,
    )
    const why = new Failure({ step: 'open a session', got: 'none within 6 s', hint: 'again' })
    const failed = change(three.facts, 'zk1', () => ({ session: unknown(why) }))
    expect(waits(failed, both)?.through).toEqual(['zk2'])
    expect(
      waits(
        change(failed, 'zk2', () => ({ session: present(true) })),
        both,
      )?.through,
    ).toEqual(['zk1'])
    expect(waits(three.facts, both)).toMatchObject({ for: 'a session through zk1 and zk2', through: ['zk1', 'zk2'] })
  })

  it('looks only at what was started while a host is out of reach', () => {
    const cut = three.cut('zk3')
    expect(waits(cut.facts)).toBeUndefined()
    expect(waits(cut.down('zk1').facts)?.for).toBe('zk1 to serve')
    expect(waits(cut.facts, restarted)?.for).toBe('a session through zk1')
  })
})
