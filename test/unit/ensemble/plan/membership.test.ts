import { describe, expect, it } from 'vitest'
import { membershipProblems, recordProblems } from '../../../../src/ensemble/plan/membership.ts'
import type { DesiredMember } from '../../../../src/ensemble/desired.ts'
import { present } from '../../../../src/model/fact.ts'
import { ensemble, ports } from '../../build.ts'

const built = ensemble(3)
const told = (members: readonly DesiredMember[], more = {}) =>
  membershipProblems(built.converge(undefined, { members, ...more }), built.facts).map(
    ({ host, exit, got, hint }) => `${host ?? '-'} ${exit} ${got} | ${hint}`,
  )
const [zk1, zk2, zk3] = built.desired as [DesiredMember, DesiredMember, DesiredMember]

describe('membership', () => {
  it('agrees', () => expect(told(built.desired)).toEqual([]))

  it('case 34: a member that the inventory does not list is refused, named, with what to write', () =>
    expect(told([zk1, zk2])).toEqual([
      '- 5 server.3 (10.0.0.3) belongs to the running ensemble, and the inventory does not list it | ' +
        'write it into the inventory again, below hosts: NAME: { id: 3, address: 10.0.0.3, role: participant }',
    ]))

  it('refuses a member that is new, one that is to leave, and one that moves', () => {
    const zk4: DesiredMember = { host: 'zk4', id: 4, address: '10.0.0.4', role: 'participant' }
    expect(told([zk1, zk2, zk3, zk4])[0]).toMatch(
      /^zk4 5 the inventory has it as participant, the running ensemble does not/,
    )
    expect(told([zk1, zk2, { ...zk3, role: 'absent' }])[0]).toMatch(/^zk3 5 the inventory has it as absent/)
    expect(told([zk1, zk2, { ...zk3, address: '10.0.0.9' }])[0]).toMatch(
      /^zk3 5 the running ensemble has server\.3=10\.0\.0\.3:.*, the inventory server\.3=10\.0\.0\.9:/,
    )
    expect(told([zk1, zk2, { ...zk3, role: 'observer' }])).toHaveLength(1)
    expect(told(built.desired, { ports: { ...ports, peer: 2900 } })).toHaveLength(3)
  })

  it('says nothing of members that nobody could tell, nor of an entry that is absent on both sides', () => {
    const silent = ensemble(3).down('zk1', 'zk2', 'zk3')
    expect(membershipProblems(silent.converge(undefined, { members: [zk1, zk2] }), silent.facts)).toEqual([])
    expect(told([zk1, zk2, zk3, { host: 'zk4', id: 4, address: '10.0.0.4', role: 'absent' }])).toEqual([])
  })

  it('tells another inventory with the same ensemble name by its hosts, addresses and home, where they are recorded', () => {
    const record = { id: 'f1', hosts: ['zk1', 'zk2', 'zk3'], state: 'done' } as const
    const of = (more: object, goal = built.converge()) =>
      recordProblems(goal, { ...built.facts, founding: present({ ...record, ...more }) }).map(
        ({ exit, got }) => `${exit} ${got}`,
      )
    const addresses = { zk1: '10.0.0.1', zk2: '10.0.0.2', zk3: '10.0.0.3' }
    expect(of({})).toEqual([])
    expect(of({ addresses, home: 'dman' })).toEqual([])
    expect(of({ addresses: { ...addresses, zk2: '10.9.0.2' }, home: 'other' })).toEqual([
      '5 the record of the founding of dman has zk2 at 10.9.0.2, the inventory at 10.0.0.2; the home ~/other, the inventory ~/dman',
    ])
    expect(of({ hosts: ['a', 'b'] })).toEqual([
      '5 the record of the founding of dman has a and b as its hosts, the inventory zk1, zk2 and zk3',
    ])
  })

  it('refuses to start a minority that holds the data, and does not count a host that was not seen as lost', () => {
    const few = ensemble(3).down('zk1').empty('zk2', 'zk3')
    expect(membershipProblems(few.converge(), few.facts)[0]?.got).toContain('only zk1 can hold its data')
    const unseen = ensemble(3).down('zk1').empty('zk2').cut('zk3')
    expect(membershipProblems(unseen.converge(), unseen.facts)).toEqual([])
  })
})
