import { describe, expect, test } from 'vitest'
import type { EnsembleFacts, MemberLaid } from '../../../../src/ensemble/facts.ts'
import { foreseeAll } from '../../../../src/ensemble/plan/foresee.ts'
import { linesOf } from '../../../../src/ensemble/plan/founding.ts'
import { hostsOf } from '../../../../src/ensemble/plan/step.ts'
import { planUndo, resumed, toJoin, withoutData } from '../../../../src/ensemble/restore/undo.ts'
import { absent, present } from '../../../../src/model/fact.ts'
import { ensemble, ports } from '../../build.ts'
import { backup, listing, marked } from './kit.ts'

const built = ensemble(3).down('zk1', 'zk2', 'zk3')
const goal = built.serve()
const hold = { zk1: 'hold', zk2: 'hold', zk3: 'hold' } as const
const undo = (now = marked(built.facts, hold), asides: Readonly<Record<string, string[]>> = {}) =>
  planUndo(goal, now, new Map(Object.entries(asides)))

describe('taking a restore back', () => {
  test('case 40: while all marks say hold and nothing was set aside, all of them go', () => {
    const { marked: marks, refusals } = undo()
    expect(refusals).toEqual([])
    expect(marks.map(({ host, mark }) => [host, mark.restore])).toEqual(
      ['zk1', 'zk2', 'zk3'].map((host) => [host, backup.restore]),
    )
  })

  test('case 40: what is cut short is gone on with, whether not all marks were there yet, or some are gone again', () => {
    const { marked: marks, refusals } = undo(marked(built.facts, { zk2: 'hold' }))
    expect([marks.map(({ host }) => host), refusals]).toEqual([['zk2'], []])
    expect(undo(built.facts)).toEqual({ marked: [], unseen: [], refusals: [] })
  })

  test.each(['swapped', 'release'] as const)('case 40: not once a mark says %s', (phase) => {
    expect(undo(marked(built.facts, { ...hold, zk2: phase })).refusals).toMatchObject([{ host: 'zk2', exit: 5 }])
  })

  test('case 40: not where data was set aside, nor where a mark came over that of another restore', () => {
    const aside = `data/aside.1000-${backup.restore}`
    expect(undo(undefined, { zk3: [aside] }).refusals).toMatchObject([{ host: 'zk3', exit: 5 }])
    expect(undo(undefined, { zk3: ['data/aside.999-0123456789ab'] }).refusals).toEqual([])
    const over = marked(marked(built.facts, hold), { zk1: 'hold' }, { over: '0123456789ab' })
    expect(undo(over).refusals).toMatchObject([
      { host: 'zk1', got: expect.stringContaining('0123456789ab') as string, exit: 5 },
    ])
  })

  test('case 18: not where the data is another ensemble’s, another founding’s or another member’s, nor by another record', () => {
    const other = { ...goal, ensemble: 'mine' }
    const refused = planUndo(other, marked(built.facts, { zk2: 'hold' }), new Map()).refusals
    expect(refused.map(({ host, exit }) => [host, exit])).toEqual(['zk1', 'zk2', 'zk3'].map((host) => [host, 5]))
    expect(undo(marked(built.stamped('f2', 'zk2').facts, hold)).refusals).toMatchObject([{ host: 'zk2', exit: 5 }])
    const recorded = present({ id: 'f9', hosts: ['a', 'b'], state: 'done' as const })
    const bare = { ...built.bare().facts, founding: recorded }
    const laid = built.facts.members.map((member) =>
      member.laid.is === 'present'
        ? {
            ...member,
            laid: present({ ...member.laid.value, data: { ...member.laid.value.data, is: 'empty', stamp: absent } }),
          }
        : member,
    ) as EnsembleFacts['members']
    expect(undo(marked({ ...bare, members: laid }, hold)).refusals).toMatchObject([{ exit: 5 }])
  })

  test('case 18: also not on one that leaves, and each host is told whose data has to be there', () => {
    const leaving = { ...goal, members: goal.members.map((m) => (m.id === 3 ? { ...m, role: 'absent' as const } : m)) }
    const theirs = marked(built.stamped('f2', 'zk3').facts, hold)
    expect(planUndo(leaving, theirs, new Map()).refusals).toMatchObject([{ host: 'zk3', exit: 5 }])
    const owners = undo().marked.map(({ owner }) => owner)
    expect(owners).toEqual([1, 2, 3].map((id) => ({ ensemble: 'dman', founding: 'f1', host: `zk${id}`, id })))
  })

  test('case 40: a host out of reach that is to leave is asked about, not refused: it could never be brought back', () => {
    const cut = ensemble(3).down('zk1', 'zk2').cut('zk3').facts
    const lines = linesOf({ members: built.desired, ports })
    const leaving = { ...goal, members: goal.members.map((m) => (m.id === 3 ? { ...m, role: 'absent' as const } : m)) }
    const now = listing(marked(cut, hold), lines)
    const { marked: marks, unseen, refusals } = planUndo(leaving, now, new Map())
    expect([marks.map(({ host }) => host), unseen, refusals]).toEqual([['zk1', 'zk2'], ['zk3'], []])
    const { steps } = foreseeAll(resumed(leaving, cut), listing(cut, lines))
    expect(steps.flatMap(({ step }) => hostsOf(step))).toEqual(['zk1', 'zk2'])
    expect(planUndo(leaving, listing(cut, lines), new Map())).toEqual({ marked: [], unseen: [], refusals: [] })
  })

  test('not with a host out of reach, nor with a member that the inventory does not list: their marks are unknown', () => {
    const cut = marked(ensemble(3).down('zk1', 'zk2').cut('zk3').facts, hold)
    expect(undo(cut).refusals).toMatchObject([{ host: 'zk3', exit: 4 }])
    const more = linesOf({ members: ensemble(4).desired, ports })
    expect(undo(listing(marked(built.facts, hold), more)).refusals).toMatchObject([{ exit: 5 }])
  })
})

describe('what serves once a restore is taken back', () => {
  const with3 = (change: (laid: MemberLaid) => MemberLaid): EnsembleFacts => ({
    ...built.facts,
    members: built.facts.members.map((member) =>
      member.host === 'zk3' && member.laid.is === 'present'
        ? { ...member, laid: present(change(member.laid.value)) }
        : member,
    ),
  })
  const half = with3((laid) => ({ ...laid, current: absent, data: { ...laid.data, started: false } }))

  test('is what has data: a host that was only founded for the restore, or is empty, is left to `up`', () => {
    for (const now of [half, ensemble(3).down('zk1', 'zk2').empty('zk3').facts]) {
      expect(withoutData(goal, now)).toEqual(['zk3'])
      const { steps, end } = foreseeAll(resumed(goal, now), now)
      expect(steps.flatMap(({ step }) => hostsOf(step))).toEqual(['zk1', 'zk2'])
      expect(end.is).toBe('nothing')
      expect(toJoin('zk3').hint).toContain('`up`')
    }
    expect(withoutData(goal, built.facts)).toEqual([])
    expect(resumed(goal, built.facts)).toEqual(goal)
  })
})
