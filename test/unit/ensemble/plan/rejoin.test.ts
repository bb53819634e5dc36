import { describe, expect, it } from 'vitest'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { addStep, beginTrail, type Trail } from '../../../../src/ensemble/plan/trail.ts'
import { ensemble, type EnsembleBuilder, oldConf } from '../../build.ts'
import { gist } from '../gist.ts'
import { withLeading } from '../leading.ts'

const next = (built: EnsembleBuilder, trail?: Trail, host = 'zk1') =>
  gist(nextStep(built.serve({ rejoin: host, only: new Set([host]) }), built.facts, trail))
const step = `rejoin zk1 (${oldConf})`
const three = ensemble(3)
const rejoined = (built: EnsembleBuilder, times = 1, failed = false) => {
  const found = nextStep(built.serve({ rejoin: 'zk1' }), built.facts)
  if (found.is !== 'step') throw new Error(gist(found))
  const add = (trail: Trail) => addStep(trail, found.step, built.facts, 0, failed)
  return times === 2 ? add(add(beginTrail(0))) : add(beginTrail(0))
}

describe('a member that is to join without its data', () => {
  it.each([
    ['does not run', three.down('zk1')],
    ['runs and does not serve', three.silent('zk1')],
    ['serves, and even leads', three.leader('zk1')],
    ['does not answer', three.hung('zk1')],
    ['is an observer', ensemble(3, 1), 'zk4'],
    ['is not the only one that is down, of five', ensemble(5).down('zk1', 'zk2')],
    ['is not the only one that cannot be told of, of five', ensemble(5).down('zk1').cut('zk2')],
  ])('may, when it %s and the others are a serving majority', (_, built, host = 'zk1') =>
    expect(next(built, undefined, host)).toBe(step.replace('zk1', host)),
  )

  it('has the members of /zookeeper/config, its founding, and no `initialize`', () =>
    expect(nextStep(three.serve({ rejoin: 'zk1' }), three.down('zk1').facts)).toMatchObject({
      step: { kind: 'rejoin', founding: 'f1', lines: [{ id: 1 }, { id: 2 }, { id: 3 }], turns: [{ stop: true }] },
    }))

  it.each([
    ['nobody else serves', three.down('zk1', 'zk2', 'zk3')],
    ['one of two others serves', three.down('zk1', 'zk2')],
    ['one of two others cannot be reached', three.down('zk1').cut('zk2')],
    ['it is the only participant', ensemble(1)],
    ['there is one other', ensemble(2).down('zk1')],
    ['its data is of another founding', three.stamped('f2', 'zk1').down('zk1')],
    ['it holds nothing', three.empty('zk1')],
  ])('may not, where %s: exit 5, at once', (_, built) => expect(next(built)).toMatch(/^refuse 5/))

  it('says of a host out of reach that it is', () => expect(next(three.cut('zk1'))).toBe('refuse 4 zk1'))

  it('waits for others that run and may come to serve, and gives up', () => {
    const electing = three.silent('zk1', 'zk2', 'zk3')
    const words = 'wait for the others to be a majority that serves without zk1'
    expect(next(electing)).toBe(words)
    expect(next(electing.later(60_000), beginTrail(0))).toBe('refuse 5 zk1')
    const facts = withLeading(three.down('zk1').facts, { syncedFollowers: 0 })
    expect(gist(nextStep(three.serve({ rejoin: 'zk1' }), facts))).toBe(words)
  })

  it('is not done where it failed and another process runs: the supervisor may have started it on its old data', () => {
    const before = three.down('zk1')
    expect(next(three.silent('zk1'), rejoined(before, 1, true))).toBe(step)
    expect(next(three, rejoined(before, 2, true))).toBe('refuse 5 zk1')
  })

  it('is done once another process runs, and that has to serve; what was begun in vain is tried once more', () => {
    const before = three.down('zk1')
    expect(next(three.silent('zk1'), rejoined(before))).toBe('wait for zk1 to serve')
    expect(next(three, rejoined(before))).toBe('wait for a session through zk1')
    expect(next(before, rejoined(before))).toBe(step)
    expect(next(before, rejoined(before, 2))).toBe('refuse 5 zk1')
    // the very same process as before: the stop was refused, or never came there
    expect(next(three, rejoined(three))).toBe(step)
  })

  it('asks nothing of anyone else', () =>
    expect(next(ensemble(5).down('zk1', 'zk5'), rejoined(ensemble(5).down('zk1', 'zk5')))).toBe(step))
})
