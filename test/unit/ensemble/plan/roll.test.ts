import { describe, expect, it } from 'vitest'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { roll, toRestart } from '../../../../src/ensemble/plan/roll.ts'
import type { Step } from '../../../../src/ensemble/plan/step.ts'
import { addStep, beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { present } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'
import { withLeading } from '../leading.ts'

const order = (built: EnsembleBuilder, conf = newConf) =>
  toRestart(built.converge(conf), built.facts).map(({ want }) => want.host)
const next = (built: EnsembleBuilder, more = {}) => gist(nextStep(built.converge(newConf, more), built.facts))

/** `current` names another than what runs */
const withCurrent = (facts: EnsembleFacts, host: string, current: string): EnsembleFacts => ({
  ...facts,
  members: facts.members.map((member) =>
    member.host === host && member.laid.is === 'present'
      ? { ...member, laid: present({ ...member.laid.value, current: present(current) }) }
      : member,
  ),
})

describe('a roll', () => {
  it('takes observers first, then followers, the leader last', () =>
    expect(order(ensemble(3, 2).leader('zk1'))).toEqual(['zk4', 'zk5', 'zk2', 'zk3', 'zk1']))

  it('is only of members that run another conf release, whatever their disk says', () => {
    expect(order(ensemble(3).runs(newConf, 'zk2'))).toEqual(['zk1', 'zk3'])
    expect(order(ensemble(3), oldConf)).toEqual([])
  })

  it('is also of servers that are to be replaced, each until it runs another', () => {
    const built = ensemble(3)
    const restart = new Map([
      ['zk1', 'n1'],
      ['zk2', 'an older one'],
    ])
    expect(toRestart(built.serve({ restart }), built.facts).map(({ want, reason }) => [want.host, reason])).toEqual([
      ['zk1', 'a restart is asked for'],
    ])
  })

  it('restarts a server with what it runs, whatever the disk says; one of which that is not known with what the disk says', () => {
    const one = (built: EnsembleBuilder) =>
      nextStep(built.serve({ restart: new Map([['zk1', 'n1']]) }), withCurrent(built.facts, 'zk1', newConf))
    expect(one(ensemble(3))).toMatchObject({ step: { kind: 'restart', turns: [{ conf: oldConf, switch: true }] } })
    const unknown = ensemble(3).runs('unknown', 'zk1').served('unknown', 'zk1')
    expect(one(unknown)).toMatchObject({ step: { kind: 'restart', turns: [{ conf: newConf, switch: false }] } })
  })

  it('goes one member at a time, and says why', () => {
    expect(next(ensemble(3))).toBe(`restart zk1 (${newConf})`)
    expect(nextStep(ensemble(3).converge(newConf), ensemble(3).facts)).toMatchObject({
      reason: `runs ${oldConf}, ${newConf} is wanted`,
    })
  })

  it('goes on with what is left, and --hosts limits it', () => {
    expect(next(ensemble(3).runs(newConf, 'zk1').served(newConf, 'zk1'))).toBe(`restart zk2 (${newConf})`)
    expect(next(ensemble(3), { only: new Set(['zk2']) })).toBe(`restart zk2 (${newConf})`)
    expect(next(ensemble(3), { only: new Set(['zk9']) })).toBe('nothing')
  })

  it('notes what a member served with before the next one is taken down', () =>
    expect(next(ensemble(3).runs(newConf, 'zk1'))).toBe('record zk1'))

  it('does not begin while not all is synced', () => {
    const built = ensemble(3)
    const facts = withLeading(built.facts, { syncedFollowers: 1 })
    expect(gist(nextStep(built.converge(newConf), facts))).toBe('wait for 2 synced followers, 1 so far')
    expect(gist(nextStep(built.converge(newConf), { ...facts, at: 60_000 }, beginTrail(0)))).toBe('refuse 5')
  })

  it('asks about one or two participants, an observer beside them is free', () => {
    expect(next(ensemble(2))).toBe('refuse 5 zk1')
    expect(next(ensemble(2), { mayStopService: true })).toBe(`restart zk1 (${newConf})`)
    expect(next(ensemble(1, 1))).toBe(`restart zk2 (${newConf})`)
  })

  it('case 27: stops after a member was put back, says so and names those that differ', () => {
    const built = ensemble(3).runs(newConf, 'zk2').served(newConf, 'zk2')
    const members = built.facts.members.map((member) => ({ ...member, session: present(true as const) }))
    const turn = { host: 'zk1', switch: true, stop: true }
    const rolled = addStep(
      beginTrail(0),
      { kind: 'restart', turns: [{ ...turn, conf: newConf, from: oldConf }] },
      built.facts,
      0,
    )
    const back = addStep(
      rolled,
      { kind: 'put-back', turns: [{ ...turn, conf: oldConf, from: newConf }] },
      built.facts,
      0,
    )
    const end = nextStep(built.converge(newConf), { ...built.facts, members }, back)
    expect(gist(end)).toBe('refuse 1 zk1')
    expect(end.is === 'refuse' && end.why[0].got).toContain('what is new stays where it serves: zk2')

    // Each has a conf release of its own where certificates are in it: then those that this run restarted with theirs count.
    const own = 'conf-00000000aaaa'
    const goal = built.converge(newConf)
    const wanted = goal.members.map((member) => (member.host === 'zk1' ? { ...member, conf: own } : member))
    const restarted: Step = { kind: 'restart', turns: [{ ...turn, host: 'zk2', conf: newConf }] }
    const putBack: Step = { kind: 'put-back', turns: [{ ...turn, conf: oldConf, from: own }] }
    const both = addStep(addStep(beginTrail(0), restarted, built.facts, 0), putBack, built.facts, 0)
    const other = nextStep({ ...goal, members: wanted }, { ...built.facts, members }, both)
    expect(other.is === 'refuse' && other.why[0].got).toMatch(/what is new stays where it serves: zk2$/)
  })

  it('gives up on a member that keeps running something else', () => {
    const built = ensemble(3)
    const step = {
      kind: 'restart' as const,
      turns: [{ host: 'zk1', conf: newConf, switch: true, stop: true }] as const,
    }
    const twice = addStep(addStep(beginTrail(0), step, built.facts, 0), step, built.facts, 0)
    expect(gist(roll(built.converge(newConf), built.facts, twice) ?? { is: 'nothing' })).toBe('refuse 5 zk1')
  })
})
