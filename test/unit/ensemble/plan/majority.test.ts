import { describe, expect, it } from 'vitest'
import { linesOf } from '../../../../src/ensemble/plan/founding.ts'
import {
  leaderMoves,
  majorityOf,
  serviceMustStop,
  whyNotDown,
  whyNotNow,
} from '../../../../src/ensemble/plan/majority.ts'
import { ensemble, type EnsembleBuilder, ports } from '../../build.ts'
import { withLeading } from '../leading.ts'

describe('taking members down', () => {
  it('more than half is a majority', () => expect([1, 2, 3, 4, 5, 9].map(majorityOf)).toEqual([1, 2, 2, 3, 3, 5]))

  it('is allowed while the others are a majority', () => {
    expect(whyNotDown(ensemble(3).facts, ['zk1'])).toBeUndefined()
    expect(whyNotDown(ensemble(5).down('zk5').facts, ['zk1'])).toBeUndefined()
  })

  it('case 26: is not while they would be none', () => {
    expect(whyNotDown(ensemble(3).down('zk3').leader('zk1').facts, ['zk2'])).toBe(
      'without zk2 1 of 3 participants would serve, and a majority is 2',
    )
    expect(whyNotDown(ensemble(5).down('zk4', 'zk5').leader('zk1').facts, ['zk2'])).toContain('2 of 5')
    expect(whyNotDown(ensemble(3).facts, ['zk1', 'zk2'])).toContain('1 of 3')
  })

  it('counts nobody who serves and is not synced, nor without a leader that tells', () => {
    expect(whyNotDown(withLeading(ensemble(3).facts, { syncedFollowers: 1 }), ['zk1'])).toBe(
      'not all that serve are synced',
    )
    expect(
      whyNotDown(withLeading(ensemble(3).facts, { syncedFollowers: 3, syncedNonVotingFollowers: 2 }), ['zk1']),
    ).toBe('not all that serve are synced')
    expect(whyNotDown(ensemble(3).leader('zk3').cut('zk3').facts, ['zk1'])).toBe('no leader tells who is synced')
  })

  it('observers have no vote: they may go, and count for nothing', () => {
    expect(whyNotDown(ensemble(1, 1).facts, ['zk2'])).toBeUndefined()
    expect(whyNotDown(ensemble(3, 2).down('zk3').leader('zk1').facts, ['zk2'])).toContain('1 of 3')
  })

  it('knows no majority while nobody told who votes', () =>
    expect(whyNotDown(ensemble(3).down('zk1', 'zk2', 'zk3').facts, ['zk1'])).toBe('it is not known who votes'))

  it('with one or two participants only after the yes; with three that yes means nothing', () => {
    const yes = { mayStopService: true }
    const two = ensemble(2)
    expect(whyNotNow(two.converge(), two.facts, ['zk1'])).toContain('1 of 2')
    expect(whyNotNow(two.converge(undefined, yes), two.facts, ['zk1'])).toBeUndefined()
    const three = ensemble(3).down('zk3').leader('zk1')
    expect(whyNotNow(three.converge(undefined, yes), three.facts, ['zk2'])).toContain('1 of 3')
    expect([1, 2, 3].map((count) => serviceMustStop(ensemble(count).converge(), ensemble(count).facts))).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('a leader that moves', () => {
  const moves = (built: EnsembleBuilder, host: string, next: Partial<typeof ports>) =>
    leaderMoves(
      {
        joining: linesOf({
          members: built.desired.filter((member) => member.host === host),
          ports: { ...ports, ...next },
        }),
      },
      built.facts,
    )
  const peer = { peer: 4000 }

  it('keeps two from writing: by its peer port, not by another, nor where the other one moves', () => {
    const two = ensemble(2, 1).leader('zk1')
    expect([moves(two, 'zk1', peer), moves(two, 'zk2', peer), moves(two, 'zk3', peer)]).toEqual([true, false, false])
    expect(moves(two, 'zk1', { client: 4000, election: 4001 })).toBe(false)
  })

  it('leaves three a majority, and one alone has nobody to hand over to', () =>
    expect([moves(ensemble(3), 'zk3', peer), moves(ensemble(1), 'zk1', peer)]).toEqual([false, false]))
})
