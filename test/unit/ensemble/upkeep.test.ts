import { describe, expect, it } from 'vitest'
import type { MemberFacts } from '../../../src/ensemble/facts.ts'
import { upkeepProblems } from '../../../src/ensemble/upkeep.ts'
import { absent, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { SupervisionFacts } from '../../../src/remote/host-facts.ts'
import { ensemble } from '../build.ts'

const well: SupervisionFacts = { wanted: true, alive: true, failing: absent }
const nobody = unknown(new Failure({ step: 'observe', got: 'crond does not run', hint: '' }))

function member(
  supervision: Partial<SupervisionFacts>,
  cron: MemberFacts['cron'] = present(true),
  built = ensemble(3),
): MemberFacts {
  const [first] = built.facts.members
  if (first?.laid.is !== 'present') throw new Error('not there')
  return { ...first, cron, laid: present({ ...first.laid.value, supervision: { ...well, ...supervision } }) }
}
const down = ensemble(3).down('zk1')
const failing = (times: number) => present({ times, words: 'address already in use' })

describe('what keeps a host from keeping its member running', () => {
  it('is nothing where all is well, and where nothing is known', () => {
    expect(upkeepProblems(member({}))).toEqual([])
    expect(ensemble(3).cut('zk1').empty('zk2').facts.members.flatMap(upkeepProblems)).toEqual([])
  })
  it('a stopped member has none', () => {
    expect(upkeepProblems(member({ wanted: false, alive: false }, present(true), down))).toEqual([])
  })
  it('case 20: starts in vain, once they are more than one', () => {
    expect(upkeepProblems(member({ failing: failing(1) }, present(true), down))).toEqual([])
    expect(upkeepProblems(member({ failing: failing(5) }, present(true), down))).toEqual([
      '5 starts in a row came to nothing, and the pauses get longer, up to a minute: address already in use',
    ])
  })
  it('no supervisor', () => {
    expect(upkeepProblems(member({ alive: false }))).toEqual([
      'its supervisor does not run: cron starts it within a minute',
    ])
    expect(upkeepProblems(member({ wanted: false, alive: false }))).toEqual([
      'nothing starts its server again when it dies: `up` sees to that',
    ])
  })
  it('case 36: no cron, and what follows from it', () => {
    expect(upkeepProblems(member({}, nobody))).toEqual([
      'it does not come back by itself after a reboot: crond does not run',
    ])
    expect(upkeepProblems(member({}, absent))).toEqual([
      'it does not come back by itself after a reboot: the crontab lacks our lines, which `up` writes',
    ])
  })
})
