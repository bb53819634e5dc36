import { describe, expect, it } from 'vitest'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { stoppedRoll } from '../../../../src/ensemble/plan/roll.ts'
import type { Step, Turn } from '../../../../src/ensemble/plan/step.ts'
import { addStep, beginTrail, type Trail } from '../../../../src/ensemble/plan/trail.ts'
import { present } from '../../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'

const next = (built: EnsembleBuilder, trail?: Trail, conf = newConf) =>
  gist(nextStep(built.converge(conf), built.facts, trail))
const three = ensemble(3)
const turn = (host: string, conf: string, from?: string): Turn => ({
  host,
  conf,
  ...(from === undefined ? {} : { from }),
  switch: from !== undefined,
  stop: false,
})
const after = (before: EnsembleFacts, ...steps: Step[]) =>
  steps.reduce((trail, step) => addStep(trail, step, before, 0), beginTrail(0))
const restarted: Step = { kind: 'restart', turns: [turn('zk1', newConf, oldConf)] }
const time = 60_000

describe('bringing up', () => {
  it('case 26: starts all that does not serve, at once and as it is, before any member is restarted', () =>
    expect(next(three.down('zk1', 'zk2'))).toBe(`start zk1,zk2 (${oldConf})`))

  it('case 22: goes on with the switch that a dead run had begun', () =>
    expect(next(three.runs(newConf, 'zk1').down('zk1'))).toBe(`start zk1 (${newConf})`))

  it('case 22: starts a member whose current was never seen serving, and is not wanted either, with what served last', () => {
    const step = nextStep(three.converge(newConf), three.runs('conf-000000000009', 'zk1').down('zk1').facts)
    expect(gist(step)).toBe(`start zk1 (${oldConf})`)
    expect(step).toMatchObject({ step: { turns: [{ switch: true, from: 'conf-000000000009' }] } })
  })

  it('waits for a member that runs and does not serve yet', () =>
    expect(next(three.silent('zk1'))).toBe('wait for zk1 to serve'))

  it('starts the ones that are down while others still come up', () =>
    expect(next(three.silent('zk1').down('zk2'))).toBe(`start zk2 (${oldConf})`))

  it('tries the wanted conf release on a member that does not come to serve as it is', () => {
    const trail = after(three.facts, { kind: 'start', turns: [turn('zk1', oldConf)] })
    expect(next(three.silent('zk1').later(time - 1), trail)).toBe('wait for zk1 to serve')
    expect(next(three.silent('zk1').later(time), trail)).toBe(`start zk1 (${newConf})`)
    expect(next(three.down('zk1').later(1), trail)).toBe(`start zk1 (${newConf})`)
  })

  it('case 27: puts a member that does not come back in its time to what it last served with', () => {
    const trail = after(three.facts, restarted)
    const silent = three.runs(newConf, 'zk1').silent('zk1')
    expect(next(silent.later(time - 1), trail)).toBe('wait for zk1 to serve')
    expect(next(silent.later(time), trail)).toBe(`put-back zk1 (${oldConf})`)
    // One whose server has ended is known not to come back.
    expect(next(silent.down('zk1').later(1), trail)).toBe(`put-back zk1 (${oldConf})`)
  })

  it('case 27: puts it back also when another host is out of reach meanwhile, and touches nothing else', () => {
    const trail = after(three.facts, restarted)
    expect(next(three.runs(newConf, 'zk1').silent('zk1').cut('zk3').later(time), trail)).toBe(
      `put-back zk1 (${oldConf})`,
    )
  })

  it('case 27: never takes down one that serves, also where it is not known whether it does', () => {
    const trail = after(three.facts, restarted)
    expect(next(three.runs(newConf, 'zk1').silent('zk2').later(time), trail)).toBe(`start zk2 (${newConf})`)
    // Two that do not answer: the leader's count cannot tell which of them follows it.
    expect(next(three.runs(newConf, 'zk1').hung('zk1', 'zk2').leader('zk3').later(time), trail)).toBe(
      'refuse 5 zk1,zk2',
    )
  })

  it('case 27: a member that is frozen is one that the leader counts out', () =>
    expect(next(three.runs(newConf, 'zk1').hung('zk1').later(time), after(three.facts, restarted))).toBe(
      `put-back zk1 (${oldConf})`,
    ))

  it('case 27: tells what Java printed last where the server ended', () => {
    const dead = (built: EnsembleBuilder): EnsembleFacts => ({
      ...built.facts,
      members: built.facts.members.map((member) => {
        if (member.host !== 'zk1' || member.laid.is !== 'present') return member
        const server = { pid: 7, start: '1', nonce: 'n', conf: newConf, alive: false, lastWords: 'Caused by: it' }
        return { ...member, laid: present({ ...member.laid.value, server: present(server) }) }
      }),
    })
    const failed = after(three.facts, restarted)
    const back = { kind: 'put-back' as const, turns: [turn('zk1', oldConf, newConf)] }
    const [told] = stoppedRoll(three.converge(newConf), three.facts, addStep(failed, back, dead(three.down('zk1')), 0))
    expect(told?.got).toMatch(/^it did not come to serve \(Java said last: Caused by: it\), and runs conf-/)
    const vain = after(three.facts, ...[1, 2, 3, 4, 5, 6].map(() => restarted))
    const end = nextStep(three.converge(newConf), dead(three.down('zk1')), vain)
    expect(end.is === 'refuse' && end.why[0].got).toMatch(/its server ended \(Java said last: Caused by: it\)$/)
  })

  it('gives up where nothing is left to try: exit 5 while something is to be rolled, else 1', () => {
    const all = after(
      three.facts,
      { kind: 'start', turns: [turn('zk1', oldConf)] },
      { kind: 'start', turns: [turn('zk1', newConf, oldConf)] },
      { kind: 'put-back', turns: [turn('zk1', oldConf, newConf)] },
    )
    expect(next(three.down('zk1'), all)).toBe('refuse 5 zk1')
    expect(next(three.down('zk1'), after(three.facts, { kind: 'start', turns: [turn('zk1', oldConf)] }), oldConf)).toBe(
      'refuse 1 zk1',
    )
  })

  it('ends a server that hangs, once, where the others serve without it', () => {
    const later = three.silent('zk1').later(time)
    expect(next(later, beginTrail(0), oldConf)).toBe(`start zk1 (${oldConf})`)
    expect(nextStep(later.converge(oldConf), later.facts, beginTrail(0))).toMatchObject({
      reason: 'runs and does not serve',
      step: { turns: [{ stop: true, switch: false }] },
    })
    expect(next(later, after(three.facts, { kind: 'start', turns: [turn('zk1', oldConf)] }), oldConf)).toBe(
      'refuse 1 zk1',
    )
    // Without a quorum each of them waits for the others: ending one would only make it longer.
    expect(next(three.silent('zk1', 'zk2', 'zk3').later(time), beginTrail(0), oldConf)).toBe('refuse 1 zk1,zk2,zk3')
  })

  it('does not start a member for ever that serves and dies again', () => {
    const start: Step = { kind: 'start', turns: [turn('zk1', oldConf)] }
    const { done } = after(three.facts, start, start, start, start, start, start)
    const trail = { began: 0, done: done.map((each) => ({ ...each, seen: ['zk1'] })) }
    expect(next(three.down('zk1'), { ...trail, done: trail.done.slice(1) }, oldConf)).toBe(`start zk1 (${oldConf})`)
    expect(next(three.down('zk1'), trail, oldConf)).toBe('refuse 1 zk1')
  })

  it('has nothing to go back to in a founding', () => {
    const trail = after(three.bare().facts, {
      kind: 'found',
      founding: 'f1',
      recorded: ['zk1', 'zk2', 'zk3'],
      lines: [],
      turns: [turn('zk1', oldConf), turn('zk2', oldConf), turn('zk3', oldConf)],
    })
    expect(next(three.served(null, 'zk1').down('zk1').recorded('done'), trail, oldConf)).toBe('refuse 1 zk1')
  })

  it('leaves a member alone that --hosts leaves out', () => {
    const built = three.down('zk3').leader('zk1')
    const only = new Set(['zk1'])
    expect(gist(nextStep(built.converge(oldConf, { only }), built.facts))).toBe('nothing')
    expect(gist(nextStep(built.converge(newConf, { only }), built.facts))).toBe('refuse 5 zk3')
  })

  it('case 1: starts as they are those that do not serve while a host is out of reach, then says which', () => {
    expect(next(three.cut('zk1').down('zk2'))).toBe(`start zk2 (${oldConf})`)
    expect(next(three.cut('zk1'))).toBe('refuse 4 zk1')
    const trail = after(three.facts, { kind: 'start', turns: [turn('zk2', oldConf)] })
    expect(next(three.cut('zk1', 'zk3').silent('zk2').later(time), trail)).toBe('refuse 4 zk2,zk1,zk3')
  })
})
