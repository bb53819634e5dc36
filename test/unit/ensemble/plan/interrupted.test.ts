import { describe, expect, it } from 'vitest'
import { whenInterrupted } from '../../../../src/ensemble/plan/interrupted.ts'
import type { Step, Turn } from '../../../../src/ensemble/plan/step.ts'
import { addStep, beginTrail } from '../../../../src/ensemble/plan/trail.ts'
import { Interrupted } from '../../../../src/model/failure.ts'
import { ensemble, newConf, oldConf } from '../../build.ts'

const three = ensemble(3)
const goal = three.converge(newConf)
const turn: Turn = { host: 'zk1', conf: newConf, switch: true, stop: true }
const after = (step: Step) => addStep(beginTrail(0), step, three.facts, 0)
const refusal = (...args: Parameters<typeof whenInterrupted>) => {
  const next = whenInterrupted(...args)
  return next.is === 'refuse' ? next.why[0] : undefined
}

describe('case 23: after Ctrl-C', () => {
  it('nothing is begun, and what is left is said', () => {
    const why = refusal(goal, three.facts, beginTrail(0))
    expect(why).toBeInstanceOf(Interrupted)
    expect(why?.got).toMatch(/left to do: restart zk1; restart zk2; restart zk3$/)
    expect(refusal(goal, three.silent('zk1').facts, beginTrail(0))).toBeInstanceOf(Interrupted)
  })

  it('what this run began is waited for', () => {
    const { facts } = three.silent('zk1')
    expect(whenInterrupted(goal, facts, after({ kind: 'restart', turns: [turn] }))).toMatchObject({
      is: 'wait',
      hosts: ['zk1'],
    })
  })

  it('a member that this run stopped in order to start it anew is started; one that was down before is not', () => {
    const down = ensemble(3).down('zk1')
    const stopped = after({ kind: 'stop', hosts: ['zk1'] })
    expect(whenInterrupted(down.converge(oldConf), down.facts, stopped)).toMatchObject({
      is: 'step',
      step: { kind: 'start', turns: [{ host: 'zk1' }] },
    })
    expect(refusal(down.converge(oldConf), down.facts, beginTrail(0))?.got).toMatch(/left to do: start zk1/)
  })

  it('where nothing is left it is as without', () => {
    expect(whenInterrupted(three.converge(oldConf), three.facts, beginTrail(0))).toEqual({ is: 'nothing' })
  })
})
