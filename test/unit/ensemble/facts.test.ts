import { describe, expect, it } from 'vitest'
import {
  type EnsembleFacts,
  holdsNothing,
  leaderOf,
  mayVote,
  memberOf,
  provenDown,
  serverOf,
} from '../../../src/ensemble/facts.ts'
import { absent, present } from '../../../src/model/fact.ts'
import { ensemble, type EnsembleBuilder } from '../build.ts'
import { withLeading } from './leading.ts'

const down = (facts: EnsembleFacts, host: string) => {
  const member = memberOf(facts, host)
  return member !== undefined && provenDown(member, facts)
}
const first = (built: EnsembleBuilder) => built.facts.members[0]!

describe('what the facts say', () => {
  it('a member is shown to be down by its own word, or by a process that is not there', () => {
    expect(down(ensemble(3).silent('zk1').facts, 'zk1')).toBe(true)
    expect(down(ensemble(3).down('zk1').facts, 'zk1')).toBe(true)
    expect(down(ensemble(3).facts, 'zk1')).toBe(false)
  })

  it('case 27: one out of reach is not, nor one that does not answer while the leader may count it', () => {
    expect(down(ensemble(3).cut('zk1').facts, 'zk1')).toBe(false)
    const hung = ensemble(3).hung('zk1').facts
    expect(down(withLeading(hung, { syncedFollowers: 2 }), 'zk1')).toBe(false)
    expect(down(withLeading(hung, { syncedFollowers: 1 }), 'zk1')).toBe(true)
    expect(down(withLeading(hung, { syncedFollowers: 2, syncedNonVotingFollowers: 1 }), 'zk1')).toBe(true)
    expect(down(ensemble(3).leader('zk3').hung('zk3').facts, 'zk3')).toBe(false)
    expect(down(withLeading(ensemble(3, 1).hung('zk4').facts, { syncedObservers: 1 }), 'zk4')).toBe(false)
    expect(down(withLeading(ensemble(3, 1).hung('zk4').facts, { syncedObservers: 0 }), 'zk4')).toBe(true)
  })

  it('a leader is the only one that says so', () => {
    expect(leaderOf(ensemble(3).leader('zk2').facts)?.host).toBe('zk2')
    expect(leaderOf(ensemble(3).down('zk1', 'zk2', 'zk3').facts)).toBeUndefined()
  })

  it('a server is a live process of ours', () => {
    expect(serverOf(first(ensemble(3)))?.nonce).toBe('n1')
    const { laid, ...rest } = first(ensemble(3))
    const dead =
      laid.is === 'present' && laid.value.server.is === 'present'
        ? { ...laid.value.server.value, alive: false }
        : undefined
    expect(
      laid.is === 'present' && dead && serverOf({ ...rest, laid: present({ ...laid.value, server: present(dead) }) }),
    ).toBeUndefined()
  })

  it('unknown is not empty, and nothing votes with nothing', () => {
    expect(holdsNothing(first(ensemble(3).cut('zk1')))).toBe(false)
    expect(holdsNothing(first(ensemble(3).empty('zk1')))).toBe(true)
    expect(mayVote(first(ensemble(3).empty('zk1')))).toBe(false)
    expect(mayVote(first(ensemble(3).down('zk1')))).toBe(true)
    const { laid, ...rest } = first(ensemble(3).down('zk1'))
    const data = laid.is === 'present' ? { ...laid.value.data, started: false } : undefined
    expect(laid.is === 'present' && data && mayVote({ ...rest, laid: present({ ...laid.value, data }) })).toBe(false)
    const foreign = laid.is === 'present' && data ? { ...laid.value, data: { ...data, stamp: absent } } : undefined
    expect(foreign && holdsNothing({ ...rest, laid: present(foreign) })).toBe(false)
  })
})
