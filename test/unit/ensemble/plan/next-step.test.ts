import { describe, expect, it } from 'vitest'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { ensemble, newConf, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'
import { withLeading } from '../leading.ts'

describe('the next step', () => {
  it('is none where all serves as it is asked', () => {
    const built = ensemble(3, 1)
    expect(gist(nextStep(built.converge(), built.facts))).toBe('nothing')
    expect(gist(nextStep(built.serve(), built.facts))).toBe('nothing')
  })

  it('waits for nothing where nothing is to be done: load is no reason', () => {
    const built = ensemble(3)
    expect(gist(nextStep(built.converge(), withLeading(built.facts, { pendingSyncs: 9 })))).toBe('nothing')
  })

  it('is refused before anything is started where membership differs (case 34)', () => {
    const built = ensemble(3).down('zk1')
    const goal = built.converge(newConf, { members: built.converge(newConf).members.slice(0, 2) })
    expect(gist(nextStep(goal, built.facts))).toBe('refuse 5')
  })

  it('is refused where nobody says who belongs, though someone serves', () => {
    const built = ensemble(3)
    const why = new Failure({ step: 'read /zookeeper/config', got: 'no answer', hint: 'again' })
    const facts = { ...built.facts, config: unknown(why) }
    expect(gist(nextStep(built.converge(), facts))).toBe('wait for an answer of /zookeeper/config')
    const end = nextStep(built.converge(), { ...facts, at: 60_000 }, beginTrail(0))
    expect(end.is === 'refuse' && end.why[0].got).toContain('no answer')
  })

  it('case 1: with a host out of reach nothing is founded, restarted or noted', () => {
    expect(gist(nextStep(ensemble(3).cut('zk1').converge(), ensemble(3).cut('zk1').facts))).toBe('refuse 4 zk1')
    expect(gist(nextStep(ensemble(3).cut('zk1').converge(newConf), ensemble(3).cut('zk1').facts))).toBe('refuse 4 zk1')
    const some = ensemble(3).cut('zk1').empty('zk3').leader('zk2')
    expect(gist(nextStep(some.converge(), some.facts))).toBe('refuse 4 zk1')
  })

  it('of start is to start what was founded, as it is, and nothing more', () => {
    const built = ensemble(3).runs(newConf, 'zk1').served(oldConf, 'zk1').down('zk1', 'zk2').empty('zk3')
    const step = nextStep(built.serve(), built.facts)
    expect(gist(step)).toBe(`start zk1,zk2 (${newConf},${oldConf})`)
    expect(gist(nextStep(ensemble(3).bare().serve(), ensemble(3).bare().facts))).toBe('refuse 5')
    expect(
      gist(
        nextStep(
          ensemble(3).runs(newConf, 'zk1').served(newConf, 'zk1').serve(),
          ensemble(3).runs(newConf, 'zk1').served(newConf, 'zk1').facts,
        ),
      ),
    ).toBe('nothing')
  })

  it('a record that cannot be read is not taken for none', () => {
    const built = ensemble(3).bare()
    const why = new Failure({ step: 'read founding.json', got: 'damaged', hint: 'put back a copy', exit: 5 })
    expect(gist(nextStep(built.converge(), { ...built.facts, founding: unknown(why) }))).toBe('refuse 5')
  })
})
