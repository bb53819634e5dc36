import { describe, expect, it } from 'vitest'
import type { Step } from '../../../../src/ensemble/plan/step.ts'
import {
  addStep,
  beginTrail,
  stepTime,
  timedOut,
  triesOf,
  vainTries,
  witness,
  zxidBefore,
} from '../../../../src/ensemble/plan/trail.ts'
import { present } from '../../../../src/model/fact.ts'
import { ensemble, newConf, oldConf } from '../../build.ts'
import { withLeading } from '../leading.ts'

const built = ensemble(3)
const restart: Step = {
  kind: 'restart',
  turns: [{ host: 'zk1', conf: newConf, from: oldConf, switch: true, stop: true }],
}
const trail = addStep(beginTrail(0), restart, built.facts, 100)

describe('what this run did', () => {
  it('a start is in vain until that host is seen serving with another process', () => {
    expect(vainTries(trail, 'zk1')).toHaveLength(1)
    // The same process as before the step: the step did not come as far as to it.
    expect(vainTries(witness(trail, built.facts), 'zk1')).toHaveLength(1)
    const members = built.facts.members.map((member) =>
      member.laid.is === 'present' && member.host === 'zk1'
        ? {
            ...member,
            laid: present({
              ...member.laid.value,
              server: present({ pid: 9, start: '2', nonce: 'new', conf: newConf, alive: true }),
            }),
          }
        : member,
    )
    const seen = witness(trail, { ...built.facts, members })
    expect(vainTries(seen, 'zk1')).toEqual([])
    // Seen once is enough, whatever happens later; and what is done later counts anew.
    expect(vainTries(witness(seen, built.down('zk1').facts), 'zk1')).toEqual([])
    expect(vainTries(addStep(seen, restart, built.facts, 200), 'zk1')).toHaveLength(1)
    expect(triesOf(seen, 'zk1')).toHaveLength(1)
    expect(triesOf(seen, 'zk2')).toEqual([])
  })

  it("remembers the leader's zxid from before a host was started last", () => {
    expect(zxidBefore(trail, 'zk1')).toBe('0000000100000010')
    expect(zxidBefore(trail, 'zk2')).toBeUndefined()
    expect(zxidBefore(addStep(trail, restart, built.down('zk1', 'zk2', 'zk3').facts, 0), 'zk1')).toBeUndefined()
  })

  it('gives a step the time of --timeout, and more for much data', () => {
    const goal = built.converge()
    expect(stepTime(goal, built.facts, trail)).toBe(60_000)
    const gigabyte = withLeading(built.facts, { dataBytes: 1e9 })
    expect(stepTime(goal, gigabyte, trail)).toBe(110_000)
    expect(stepTime(goal, built.facts, addStep(trail, restart, gigabyte, 0))).toBe(110_000)
    expect(timedOut(goal, { ...built.facts, at: 60_099 }, trail)).toBe(false)
    expect(timedOut(goal, { ...built.facts, at: 60_100 }, trail)).toBe(true)
    expect(timedOut(goal, { ...built.facts, at: 60_000 }, beginTrail(0))).toBe(true)
  })
})
