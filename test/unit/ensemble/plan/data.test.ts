import { describe, expect, it } from 'vitest'
import type { MemberFacts, MemberLaid } from '../../../../src/ensemble/facts.ts'
import { dataProblems, othersData } from '../../../../src/ensemble/plan/data.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { absent, present, unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { ensemble } from '../../build.ts'

const built = ensemble(3).down('zk1', 'zk2', 'zk3')

/** The same facts, zk2's data changed. */
function withData(change: (data: MemberLaid['data']) => Partial<MemberLaid['data']>) {
  const members = built.facts.members.map((member): MemberFacts => {
    if (member.host !== 'zk2' || member.laid.is !== 'present') return member
    const { value } = member.laid
    return { ...member, laid: present({ ...value, data: { ...value.data, ...change(value.data) } }) }
  })
  return { ...built.facts, members }
}
const stamp = { ensemble: 'dman', founding: 'f1', host: 'zk2', id: 2 }
const found = (change: Partial<MemberLaid['data']>) =>
  dataProblems(
    built.converge(),
    withData(() => change),
  ).map(({ host, exit, got }) => [host, exit, got])

describe("case 18: another's data", () => {
  it('is none where all is ours', () => expect(dataProblems(built.converge(), built.facts)).toEqual([]))

  it('is refused by the ensemble in its stamp', () =>
    expect(found({ stamp: present({ ...stamp, ensemble: 'other' }) })).toEqual([
      ['zk2', 5, 'its data is of the ensemble other'],
    ]))

  it('is refused by the host or id in its stamp', () => {
    expect(found({ stamp: present({ ...stamp, host: 'zk9' }) })).toEqual([
      ['zk2', 5, 'its data is that of zk9 with id 2'],
    ])
    expect(found({ stamp: present({ ...stamp, id: 7 }) })).toEqual([['zk2', 5, 'its data is that of zk2 with id 7']])
  })

  it('is refused by the founding in its stamp, with a record and without', () => {
    const change = { stamp: present({ ...stamp, founding: 'f2' }) }
    expect(found(change)).toEqual([['zk2', 5, 'its data is of the founding f2, .dman records f1']])
    const facts = { ...withData(() => change), founding: absent }
    expect(dataProblems(built.converge(), facts).map(({ got }) => got)).toEqual([
      'its data is of the founding f1, that of zk2 is of f2',
      'its data is of the founding f2, that of zk1 is of f1',
      'its data is of the founding f1, that of zk2 is of f2',
    ])
  })

  it('is refused by myid', () =>
    expect(found({ myid: present('3\n') })).toEqual([['zk2', 5, 'its data/myid says 3, the inventory 2']]))

  it('is refused where it has no stamp, and unknown is no absence', () => {
    expect(found({ stamp: absent })).toEqual([['zk2', 5, 'data/ holds something, and no stamp of ours']])
    const why = new Failure({
      host: 'zk2',
      step: 'read data/stamp',
      got: 'permission denied',
      hint: 'who owns it?',
      exit: 5,
    })
    expect(found({ stamp: unknown(why) })).toEqual([
      ['zk2', 5, 'the stamp of its data could not be read: permission denied'],
    ])
  })

  it('keeps every other host as it is', () =>
    expect(
      nextStep(
        built.converge(),
        withData(() => ({ stamp: absent })),
      ).is,
    ).toBe('refuse'))
})

describe("case 18: another ensemble's data is neither stopped nor removed", () => {
  const others = (change: Partial<MemberLaid['data']>, unstamped = false, only?: string[]) => {
    const goal = built.stop(only === undefined ? {} : { only: new Set(only) })
    const facts = withData(() => change)
    return othersData(goal, facts, unstamped).map(({ host, exit, got }) => [host, exit, got])
  }
  const foreign = { stamp: present({ ...stamp, ensemble: 'other' }) }

  it('by its stamp, on hosts that the run would change', () => {
    expect(others({})).toEqual([])
    expect(others(foreign)).toEqual([['zk2', 5, 'its data is of the ensemble other']])
    expect(others(foreign, false, ['zk1'])).toEqual([])
    const facts = withData(() => foreign)
    expect(nextStep(built.stop(), facts)).toMatchObject({ is: 'refuse', why: [{ host: 'zk2', exit: 5 }] })
  })

  it('also without a stamp, or with one that cannot be read, where data would be removed', () => {
    expect(others({ stamp: absent })).toEqual([])
    expect(others({ stamp: absent }, true)).toEqual([['zk2', 5, 'data/ holds something, and no stamp of ours']])
    expect(others({ stamp: absent, is: 'empty' }, true)).toEqual([])
    const why = new Failure({ step: 'read data/stamp', got: 'permission denied', hint: 'who owns it?', exit: 5 })
    expect(others({ stamp: unknown(why) }, true)).toEqual([
      ['zk2', 5, 'the stamp of its data could not be read: permission denied'],
    ])
  })

  it('nor is that of another host, id or founding by the same name', () => {
    const of = (change: Partial<typeof stamp>) => others({ stamp: present({ ...stamp, ...change }) })
    expect(of({ host: 'zk9' })).toEqual([['zk2', 5, 'its data is that of zk9 with id 2']])
    expect(of({ id: 7 })).toEqual([['zk2', 5, 'its data is that of zk2 with id 7']])
    expect(of({ founding: 'f2' })).toEqual([['zk2', 5, 'its data is of the founding f2, .dman records f1']])
    const facts = { ...withData(() => ({ stamp: present({ ...stamp, founding: 'f2' }) })), founding: absent }
    expect(othersData(built.stop(), facts)).toEqual([])
    expect(othersData(built.stop({ only: new Set(['zk1']) }), { ...facts, founding: built.facts.founding })).toEqual([])
  })
})
