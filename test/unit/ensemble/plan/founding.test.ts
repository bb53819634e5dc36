import { describe, expect, it } from 'vitest'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { addStep, beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'

const next = (built: ReturnType<typeof ensemble>, conf = oldConf) => gist(nextStep(built.converge(conf), built.facts))

describe('founding', () => {
  it('takes all bare hosts at once, observers too', () =>
    expect(next(ensemble(3, 1).bare())).toBe('found zk1,zk2,zk3,zk4 (conf-000000000001) with initialize'))

  it('does not begin while a host was not observed, and names it', () =>
    expect(next(ensemble(3).bare().cut('zk2'))).toBe('refuse 4 zk2'))

  it('does not begin with hosts left out by --hosts', () => {
    const built = ensemble(3).bare()
    expect(gist(nextStep(built.converge(oldConf, { only: new Set(['zk1']) }), built.facts))).toBe('refuse 5')
  })

  it('does not begin a second time where the record says it was done and the data is gone', () =>
    expect(next(ensemble(3).bare().recorded('done'))).toBe('refuse 5'))

  it('refuses where only a minority holds data of a founding that was done: the others would outvote it', () =>
    expect(next(ensemble(3).down('zk1').empty('zk2', 'zk3'))).toBe('refuse 5'))

  it('case 22: founds the rest of an interrupted one, while those that have it can be no majority', () =>
    expect(next(ensemble(3).bare().recorded('begun').down('zk1').served(null, 'zk1'))).toBe(
      'found zk2,zk3 (conf-000000000001) with initialize',
    ))

  it('case 22: once those that have it can be a majority, they are started first; the rest may not vote with nothing', () =>
    expect(next(ensemble(3).bare().recorded('begun').down('zk1', 'zk2').served(null, 'zk1', 'zk2'))).toBe(
      'start zk1,zk2 (conf-000000000001)',
    ))

  it('case 22: a host that was left out joins those that serve, without initialize', () =>
    expect(next(ensemble(3).empty('zk3'))).toBe('join zk3 (conf-000000000001)'))

  it('lets nobody join a member that serves without a majority of its own founding', () =>
    expect(next(ensemble(5).empty('zk3', 'zk4', 'zk5'))).toBe('nothing'))

  it('notes that it is done as soon as somebody serves', () =>
    expect(next(ensemble(3).recorded('begun').empty('zk3'))).toBe('record founded'))

  it('does not note it twice where the note does not stick', () => {
    const built = ensemble(3).recorded('begun')
    const founded = { id: 'f1', hosts: ['zk1'], state: 'begun' } as const
    const trail = addStep(beginTrail(0), { kind: 'record', served: [], founded }, built.facts, 0)
    expect(gist(nextStep(built.converge(), built.facts, trail))).toBe('nothing')
  })

  /** hosts that are down have their stamp and nothing else */
  const halfFounded = ({ facts }: EnsembleBuilder) => ({
    ...facts,
    members: facts.members.map((member) =>
      member.laid.is === 'present' && member.laid.value.server.is === 'absent'
        ? { ...member, laid: present({ ...member.laid.value, data: { ...member.laid.value.data, started: false } }) }
        : member,
    ),
  })

  it('case 22: a host that got the stamp and no more gets the rest, while nobody can have served', () => {
    const built = ensemble(3).bare().recorded('begun').down('zk1').served(null, 'zk1')
    expect(gist(nextStep(built.converge(), halfFounded(built)))).toBe(
      'found zk1,zk2,zk3 (conf-000000000001) with initialize',
    )
  })

  it('case 22: a host that got the stamp and no more joins those that serve, without initialize', () => {
    const built = ensemble(3).down('zk3').served(null, 'zk3')
    const facts = halfFounded(built)
    const next = nextStep(built.converge(), facts)
    expect(gist(next)).toBe('join zk3 (conf-000000000001)')
    if (next.is !== 'step') return
    const trail = addStep(beginTrail(0), next.step, facts, 0)
    expect(gist(nextStep(built.converge(), facts, trail)), 'its server ended').toBe('refuse 1 zk3')
  })

  it('lets no host join where something answers already at its client port', () => {
    const built = ensemble(3)
    const members = built.facts.members.map((member) => (member.host === 'zk1' ? { ...member, laid: absent } : member))
    expect(gist(nextStep(built.converge(), { ...built.facts, members }))).toBe('nothing')
  })

  it('goes on only with the hosts that it was begun on', () =>
    expect(next(ensemble(3).bare().recorded('begun', 'zk1', 'zk2'))).toBe('refuse 5'))

  it('case 33: without a record, hosts that carry a stamp are never founded anew', () =>
    expect(next(ensemble(3).unrecorded().down('zk1', 'zk2').empty('zk3'))).toBe('start zk1,zk2 (conf-000000000001)'))

  it('starts what was founded and never served with an edited conf release at once', () =>
    expect(
      next(ensemble(3).recorded('begun').down('zk1', 'zk2', 'zk3').served(null, 'zk1', 'zk2', 'zk3'), newConf),
    ).toBe('start zk1,zk2,zk3 (conf-000000000002)'))
})
