import { describe, expect, it } from 'vitest'
import type { DesiredMember } from '../../../../src/ensemble/desired.ts'
import type { EnsembleFacts, Left } from '../../../../src/ensemble/facts.ts'
import { membershipProblems, recordProblems } from '../../../../src/ensemble/plan/membership-problems.ts'
import { movesPeers } from '../../../../src/ensemble/plan/membership-steps.ts'
import { present } from '../../../../src/model/fact.ts'
import { parseConfigNode } from '../../../../src/zookeeper/config.ts'
import { ensemble } from '../../build.ts'

const built = ensemble(3)
const withLeft = (facts: EnsembleFacts, left: readonly Left[]): EnsembleFacts =>
  facts.config.is === 'present' ? { ...facts, config: present({ ...facts.config.value, left: present(left) }) } : facts
const told = (members: readonly DesiredMember[], more = {}) =>
  membershipProblems(built.converge(undefined, { members, ...more }), built.facts).map(
    ({ host, exit, got, hint }) => `${host ?? '-'} ${exit} ${got} | ${hint}`,
  )
const [zk1, zk2, zk3] = built.desired as [DesiredMember, DesiredMember, DesiredMember]

describe('membership', () => {
  it('knows who is to be found elsewhere by the others: not who only gets another port for clients, a role, or comes in', () => {
    const change = (line: string) => {
      const config = parseConfigNode(`${line}\nversion=1\n`)
      const joining = config.is === 'present' ? config.value.members : []
      return movesPeers(
        [{ kind: 'reconfig', hosts: ['zk1'], change: { joining, leaving: [], from: '1' } }],
        built.facts,
      )
    }
    expect(change('server.1=10.0.0.1:2889:3889:observer;10.0.0.1:2280')).toBe(false)
    expect(change('server.9=10.0.0.9:2889:3889:observer;10.0.0.9:2280')).toBe(false)
    expect(change('server.1=10.0.0.1:2889:3989:participant;10.0.0.1:2180')).toBe(true)
    expect(change('server.1=10.0.0.4:2889:3889:participant;10.0.0.4:2180')).toBe(true)
  })

  it('agrees', () => expect(told(built.desired)).toEqual([]))

  it('case 34: a member that the inventory does not list is refused, named, with what to write', () =>
    expect(told([zk1, zk2])).toEqual([
      '- 5 server.3 (10.0.0.3) belongs to the running ensemble, and the inventory does not list it | ' +
        'write it into the inventory again, below hosts: NAME: { id: 3, address: 10.0.0.3, role: participant }; with role: absent it leaves',
    ]))

  it('refuses an id that was another host’s, and an entry that went before its member was seen stopped', () => {
    const zk4: DesiredMember = { host: 'zk4', id: 4, address: '10.0.0.4', role: 'participant' }
    const left = { id: 4, host: 'old', address: '10.0.0.9', stopped: true }
    const facts = withLeft(built.facts, [left])
    const of = (members: readonly DesiredMember[], facts: EnsembleFacts, more = {}) =>
      membershipProblems(built.converge(undefined, { members, ...more }), facts).map(
        ({ exit, got }) => `${exit} ${got}`,
      )
    expect(of([zk1, zk2, zk3, zk4], facts)).toEqual(['5 its id 4 was that of old, which left the ensemble'])
    expect(of([zk1, zk2, zk3, { ...zk4, host: 'old' }], facts)).toEqual([])
    const unseen = withLeft(built.facts, [{ ...left, stopped: false }])
    expect(of([zk1, zk2, zk3], facts)).toEqual([])
    expect(of([zk1, zk2, zk3], unseen)).toEqual([
      '5 old (id 4) left, was not seen stopped, and the inventory does not list it any more',
    ])
    expect(of([zk1, zk2, zk3], unseen, { mayLeaveUnseen: new Set(['old']) })).toEqual([])
    expect(of([zk1, zk2, zk3], unseen, { mayLeaveUnseen: new Set(['another']) })).toHaveLength(1)
  })

  it('refuses to move the only participant, unless another one joins', () => {
    const one = ensemble(1)
    const moved = one.desired.map((each) => ({ ...each, address: '10.9.0.1' }))
    const of = (members: readonly DesiredMember[]) =>
      membershipProblems(one.converge(undefined, { members }), one.facts)
    expect(of(moved).map(({ host, exit }) => [host, exit])).toEqual([['zk1', 5]])
    expect(of([...moved, zk2])).toEqual([])
  })

  it('says nothing of members that nobody could tell, nor of an entry that is absent on both sides', () => {
    const silent = ensemble(3).down('zk1', 'zk2', 'zk3')
    expect(membershipProblems(silent.converge(undefined, { members: [zk1, zk2] }), silent.facts)).toEqual([])
    expect(told([zk1, zk2, zk3, { host: 'zk4', id: 4, address: '10.0.0.4', role: 'absent' }])).toEqual([])
  })

  it('tells another inventory with the same ensemble name by its hosts, addresses and home, where they are recorded', () => {
    const record = { id: 'f1', hosts: ['zk1', 'zk2', 'zk3'], state: 'done' } as const
    const of = (more: object, goal = built.converge()) =>
      recordProblems(goal, {
        ...built.stamped('f9', 'zk1', 'zk2', 'zk3').facts,
        founding: present({ ...record, ...more }),
      }).map(({ exit, got }) => `${exit} ${got}`)
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
