import { describe, expect, it } from 'vitest'
import { foresee, foreseeAll, stopsService } from '../../../../src/ensemble/plan/foresee.ts'
import { hostsOf } from '../../../../src/ensemble/plan/step.ts'
import { ensemble, type EnsembleBuilder, newConf } from '../../build.ts'
import { gist } from '../gist.ts'

const plan = (built: EnsembleBuilder, conf?: string) =>
  foresee(built.converge(conf), built.facts)
    .filter(({ step }) => step.kind !== 'record')
    .map(({ step }) => `${step.kind} ${hostsOf(step).join()}`)

describe('what is foreseen', () => {
  it('of bare hosts is a founding', () => expect(plan(ensemble(3).bare())).toEqual(['found zk1,zk2,zk3']))
  it('of an ensemble as it should be is nothing', () =>
    expect(foresee(ensemble(3).converge(), ensemble(3).facts)).toEqual([]))
  it('of other settings is a roll, the leader last', () =>
    expect(plan(ensemble(3, 1).leader('zk1'), newConf)).toEqual([
      'restart zk4',
      'restart zk2',
      'restart zk3',
      'restart zk1',
    ]))
  it('of a member that is down is its start, then the roll', () =>
    expect(plan(ensemble(3).down('zk1'), newConf)).toEqual(['start zk1', 'restart zk1', 'restart zk2', 'restart zk3']))
  it('of a member that comes up by itself is the rest', () =>
    expect(plan(ensemble(3).silent('zk1'), newConf)).toEqual(['restart zk1', 'restart zk2', 'restart zk3']))
  it('says what is waited for first, also where no step follows', () => {
    const built = ensemble(3).silent('zk1')
    expect(foreseeAll(built.converge(), built.facts)).toEqual({
      steps: [],
      end: { is: 'nothing' },
      waits: 'zk1 to serve',
    })
    expect(foreseeAll(ensemble(3).converge(), ensemble(3).facts)).not.toHaveProperty('waits')
  })
  it('ends in the refusal that ends it', () => {
    const built = ensemble(3).down('zk1').cut('zk2')
    const { steps, end } = foreseeAll(built.converge(newConf), built.facts)
    expect(steps.map(({ step }) => step.kind)).toEqual(['start'])
    expect(gist(end)).toBe('refuse 4 zk2')
  })
  it('tells whether service stops on the way', () => {
    const stops = (built: EnsembleBuilder, conf?: string) => stopsService(built.converge(conf), built.facts)
    expect([stops(ensemble(1), newConf), stops(ensemble(2), newConf), stops(ensemble(3), newConf)]).toEqual([
      true,
      true,
      false,
    ])
    expect([
      stops(ensemble(2)),
      stops(ensemble(2).bare(), newConf),
      stops(ensemble(1, 1).runs(newConf, 'zk1'), newConf),
    ]).toEqual([false, false, false])
    // What comes up by itself is waited for before another goes down.
    expect([stops(ensemble(3).silent('zk1'), newConf), stops(ensemble(1).silent('zk1'), newConf)]).toEqual([
      false,
      true,
    ])
  })
})
