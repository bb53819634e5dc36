import { describe, expect, it } from 'vitest'
import type { Left, MemberFacts } from '../../../src/ensemble/facts.ts'
import { statusOf } from '../../../src/ensemble/status.ts'
import { absent, present } from '../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder, newConf, oldConf, ports } from '../build.ts'
import { withLeading } from './leading.ts'

const status = (built: EnsembleBuilder, conf?: string) => statusOf(built.converge(conf), built.facts)
const health = (built: EnsembleBuilder) => {
  const { quorum, healthy } = status(built)
  return { quorum, healthy }
}
const problemsOf = (built: EnsembleBuilder, host: string, conf?: string) =>
  status(built, conf).members.find((member) => member.host === host)?.problems

describe('status', () => {
  it('case 34: tells of a member that belongs, and that the inventory does not list, at one that serves', () => {
    const built = ensemble(3).leader('zk3')
    const [zk1, zk2] = built.desired
    const { members } = statusOf({ ...built.converge(), members: [zk1!, zk2!] }, built.facts)
    const got = 'server.3 (10.0.0.3) belongs to the running ensemble, and the inventory does not list it'
    expect(members.map(({ problems }) => problems)).toEqual([[got], []])
  })

  it('is healthy with a quorum and all members synced in their role', () => {
    const { members, ...rest } = status(ensemble(3, 1).leader('zk2'))
    expect(rest).toEqual({ ensemble: 'dman', quorum: true, healthy: true, leader: 'zk2' })
    expect(members.map(({ state }) => state)).toEqual(['follower', 'leader', 'follower', 'observer'])
    expect(members[0]).toEqual({
      host: 'zk1',
      id: 1,
      address: '10.0.0.1',
      role: 'participant',
      state: 'follower',
      version: '3.9.5',
      zxid: '0000000100000010',
      connections: 1,
      uptime_s: 1,
      problems: [],
    })
  })

  it('is not with a member down, frozen or out of reach; the quorum is another question', () => {
    expect(health(ensemble(3).down('zk1'))).toEqual({ quorum: true, healthy: false })
    expect(health(ensemble(3).hung('zk1'))).toEqual({ quorum: true, healthy: false })
    expect(health(ensemble(3).cut('zk1'))).toEqual({ quorum: true, healthy: false })
    expect(health(ensemble(3).down('zk1', 'zk2').silent('zk3'))).toEqual({ quorum: false, healthy: false })
    expect(health(ensemble(3).bare())).toEqual({ quorum: false, healthy: false })
  })

  it('is not while a follower or an observer is not synced', () => {
    const built = ensemble(3, 1)
    const of = (numbers: Parameters<typeof withLeading>[1]) =>
      statusOf(built.converge(), withLeading(built.facts, numbers)).healthy
    expect([of({}), of({ syncedFollowers: 1 }), of({ syncedObservers: 0 }), of({ pendingSyncs: 5 })]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })

  it('counts an absent member only while it still runs', () => {
    const built = ensemble(3, 1)
    const members = built.desired.map((member) =>
      member.host === 'zk4' ? { ...member, role: 'absent' as const } : member,
    )
    const of = (each: EnsembleBuilder) => statusOf({ ensemble: 'dman', members, ports }, each.facts)
    expect(of(built).healthy).toBe(false)
    expect(of(built).members[3]?.problems).toEqual(['it is to leave, and still belongs: `up` removes it'])
    expect(of(built.down('zk4')).healthy).toBe(true)
  })

  it('tells of a member that left until it was seen stopped', () => {
    const members = ensemble(4).desired.map((member) =>
      member.host === 'zk4' ? { ...member, role: 'absent' as const } : member,
    )
    const told = (built: EnsembleBuilder, left: readonly Left[]) => {
      const { config } = ensemble(3).facts
      if (config.is !== 'present') return undefined
      const now = { ...built.facts, config: present({ ...config.value, left: present(left) }) }
      return statusOf({ ensemble: 'dman', members, ports }, now).members[3]?.problems
    }
    const left = { id: 4, host: 'zk4', address: '10.0.0.4', stopped: false }
    const four = ensemble(4).leader('zk1')
    expect(told(four, [left])).toEqual(['it left, and still runs: `up` stops it'])
    expect(told(four.cut('zk4'), [left])).toEqual([
      'connect: no route to host',
      'it left, and was not seen stopped: `up` looks again',
    ])
    expect(told(four.cut('zk4'), [{ ...left, stopped: true }])).toEqual([])
    expect(told(four.down('zk4'), [])).toEqual([])
  })

  it('tells of a server that follows and that no inventory knows, such as of a host that was taken out while it joined', () => {
    const built = ensemble(3)
    const told = (count: number) =>
      statusOf(
        built.converge(),
        withLeading(built.facts, { syncedFollowers: 2 + count, syncedNonVotingFollowers: count }),
      ).members.flatMap(({ problems }) => problems)
    expect(told(0)).toEqual([])
    expect(told(1)).toEqual([expect.stringMatching(/^a server follows it that the inventory does not list/) as string])
    expect(told(2)).toEqual([expect.stringMatching(/^2 servers follow it/) as string])
  })

  it('takes no member for such a server that it only cannot ask, and that may follow until it belongs', () => {
    const built = ensemble(4)
    const joining = built.cut('zk4').facts
    if (joining.config.is !== 'present') throw new Error('no members')
    const config = present({ ...joining.config.value, members: joining.config.value.members.slice(0, 3) })
    const facts = withLeading({ ...joining, config }, { syncedFollowers: 3, syncedNonVotingFollowers: 1 })
    const told = statusOf(built.converge(), facts).members.flatMap(({ problems }) => problems)
    expect(told.filter((problem) => problem.includes('the inventory does not list'))).toEqual([])
  })

  it('says what is wrong with each member', () => {
    expect(problemsOf(ensemble(3).down('zk1'), 'zk1')).toEqual(['its server does not run'])
    expect(problemsOf(ensemble(3).empty('zk1'), 'zk1')).toEqual(['nothing was founded there'])
    expect(problemsOf(ensemble(3).silent('zk1'), 'zk1')).toEqual(['its server (pid 101) runs, and does not serve'])
    expect(problemsOf(ensemble(1).silent('zk1'), 'zk1')).toEqual([
      'its server (pid 101) runs, and does not serve: there is no quorum',
    ])
    expect(problemsOf(ensemble(3).hung('zk1'), 'zk1')).toEqual(['runs, and does not answer: no answer within 2 s'])
    expect(problemsOf(ensemble(3).cut('zk1'), 'zk1')).toEqual(['connect: no route to host'])
    expect(problemsOf(ensemble(3), 'zk1', newConf)).toEqual([`runs ${oldConf}, not ${newConf}: \`up\` restarts it`])
    expect(problemsOf(ensemble(3), 'zk1')).toEqual([])
  })

  it('says so where another process, another role or other data is there', () => {
    const built = ensemble(3)
    const change = (how: (member: MemberFacts) => MemberFacts) =>
      statusOf(built.converge(), {
        ...built.facts,
        members: built.facts.members.map((m) => (m.host === 'zk1' ? how(m) : m)),
      })
    const foreign = change((m) =>
      m.laid.is === 'present' ? { ...m, laid: present({ ...m.laid.value, server: absent }) } : m,
    )
    expect(foreign.members[0]?.problems).toEqual(['what answers at its client port is no server of ours'])
    expect(foreign.healthy).toBe(false)
    const stamp = present({ ensemble: 'other', founding: 'f9', host: 'x', id: 9 })
    const stamped = change((m) =>
      m.laid.is === 'present' ? { ...m, laid: present({ ...m.laid.value, data: { ...m.laid.value.data, stamp } }) } : m,
    )
    expect(stamped.members[0]?.problems).toEqual(['its data is of the ensemble other'])
    const observer = built.desired.map((m) => (m.host === 'zk1' ? { ...m, role: 'observer' as const } : m))
    const other = statusOf({ ensemble: 'dman', members: observer, ports }, built.facts)
    expect(other.members[0]?.problems).toEqual(['/zookeeper/config has it as participant'])
    expect(other.healthy).toBe(false)
  })
})
