import { describe, expect, it } from 'vitest'
import { foreseeAll } from '../../../../src/ensemble/plan/foresee.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { addStep, beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder } from '../../build.ts'
import { gist } from '../gist.ts'

const next = (built: EnsembleBuilder, only?: string[]) =>
  gist(nextStep(built.stop(only === undefined ? {} : { only: new Set(only) }), built.facts))

describe('stop', () => {
  it('stops all but the leader at once, then the leader', () => {
    expect(next(ensemble(3, 1).leader('zk2'))).toBe('stop zk1,zk3,zk4')
    expect(next(ensemble(3).down('zk1', 'zk2').silent('zk3'))).toBe('stop zk3')
  })

  it('stops what does not serve too', () =>
    expect(next(ensemble(3).silent('zk1', 'zk2', 'zk3'))).toBe('stop zk1,zk2,zk3'))

  it('is done when nothing of ours runs', () => expect(next(ensemble(3).down('zk1', 'zk2', 'zk3'))).toBe('nothing'))

  it('stops what can be reached, and then names what could not', () => {
    expect(next(ensemble(3).cut('zk1'))).toBe('stop zk2')
    expect(next(ensemble(3).cut('zk1').down('zk2', 'zk3'))).toBe('refuse 4 zk1')
  })

  it('with --hosts is no end of service: the others stay a majority', () => {
    expect(next(ensemble(3), ['zk1'])).toBe('stop zk1')
    expect(next(ensemble(3), ['zk1', 'zk2'])).toBe('refuse 5')
    expect(next(ensemble(3).down('zk3').leader('zk2'), ['zk1'])).toBe('refuse 5')
    expect(next(ensemble(3).silent('zk1', 'zk2', 'zk3'), ['zk1', 'zk2'])).toBe('stop zk1,zk2')
  })

  it('does not stop the same server for ever', () => {
    const built = ensemble(1)
    const step = { kind: 'stop' as const, hosts: ['zk1'] }
    const twice = addStep(addStep(beginTrail(0), step, built.facts, 0), step, built.facts, 0)
    expect(gist(nextStep(built.stop(), built.facts, twice))).toBe('refuse 5')
  })
})

it('stops also what has died and would be started again by its host', () => {
  const { facts } = ensemble(3).down('zk1', 'zk2', 'zk3')
  const supervision = { wanted: true, alive: true, failing: absent }
  const members = facts.members.map((member) =>
    member.host === 'zk2' && member.laid.is === 'present'
      ? { ...member, laid: present({ ...member.laid.value, supervision }) }
      : member,
  )
  const goal = ensemble(3).stop()
  const next = nextStep(goal, { ...facts, members })
  expect(next).toMatchObject({ is: 'step', step: { kind: 'stop', hosts: ['zk2'] } })
  expect(foreseeAll(goal, { ...facts, members })).toMatchObject({ steps: [{}], end: { is: 'nothing' } })
})
