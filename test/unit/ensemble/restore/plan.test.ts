import { describe, expect, test } from 'vitest'
import type { Converge } from '../../../../src/ensemble/desired.ts'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import {
  epochAbove,
  planRestore,
  restoreProblems,
  sinceOf,
  swapProblems,
  zxidOfEpoch,
} from '../../../../src/ensemble/restore/plan.ts'
import type { DataFiles } from '../../../../src/remote/data-files.ts'
import { ensemble } from '../../build.ts'
import { backup, listing, marked } from './kit.ts'

describe('a restore', () => {
  const built = ensemble(3)
  const goal = built.converge()

  test('into the same ensemble sets all data aside, and keeps its founding', () => {
    const plan = planRestore(goal, built.facts, backup)
    expect(plan).toMatchObject({ kind: 'restore', founding: 'f1', former: undefined })
    expect(plan.hosts.map(({ host, isNew, overwrites }) => [host, isNew, overwrites])).toEqual([
      ['zk1', false, true],
      ['zk2', false, true],
      ['zk3', false, true],
    ])
  })

  test('case 40: marks of another restore, whatever they say, are no reason to take any away', () => {
    const facts = marked(built.facts, { zk1: 'swapped', zk2: 'hold' }, { restore: '0123456789ab' })
    expect(planRestore(goal, facts, backup)).toMatchObject({ former: undefined, isMarked: true })
    expect(planRestore(goal, built.facts, backup).isMarked).toBe(false)
  })

  test('into a new one overwrites nothing, and leaves the founding to be made', () => {
    const plan = planRestore(goal, built.bare().facts, backup)
    expect(plan.founding).toBeUndefined()
    expect(plan.hosts.every(({ isNew, overwrites }) => isNew && !overwrites)).toBe(true)
  })

  test('case 40: while no mark says release, it goes on: what is swapped stays so', () => {
    const plan = planRestore(
      goal,
      marked(built.down('zk1', 'zk2', 'zk3').facts, { zk1: 'swapped', zk2: 'hold' }),
      backup,
    )
    expect(plan).toMatchObject({ kind: 'restore', former: { since: 1000 } })
    expect(plan.hosts.map(({ isSwapped, overwrites }) => [isSwapped, overwrites])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ])
  })

  test('case 40: once a mark says release every host has the data, and it is only finished, also where members serve on it', () => {
    for (const phase of ['swapped', 'release', undefined] as const) {
      const plan = planRestore(goal, marked(built.facts, { zk1: 'release', zk2: phase }), backup)
      expect(plan.kind, phase).toBe('finish')
    }
  })

  test('case 40: of another backup it is begun anew, whatever the other one had come to', () => {
    const plan = planRestore(
      goal,
      marked(built.facts, { zk1: 'release', zk2: 'swapped' }, { restore: 'ffffffffffff' }),
      backup,
    )
    expect(plan).toMatchObject({ kind: 'restore', former: undefined })
    expect(plan.hosts.some(({ isSwapped }) => isSwapped)).toBe(false)
  })
})

describe('a restore is refused', () => {
  const of = (built: ReturnType<typeof ensemble>) =>
    restoreProblems(built.converge(), built.facts).map(({ exit }) => exit)

  test('never for an ensemble as it should be, nor for one that lost its data', () => {
    expect(of(ensemble(3))).toEqual([])
    expect(of(ensemble(3).down('zk1', 'zk2', 'zk3'))).toEqual([])
    expect(of(ensemble(3).empty('zk1', 'zk2', 'zk3'))).toEqual([])
    expect(of(ensemble(3).bare())).toEqual([])
  })

  test('with a host out of reach, whose data would come back later', () => {
    expect(of(ensemble(3).cut('zk2'))).toEqual([4])
  })

  test('over data of another founding', () => {
    expect(of(ensemble(3).stamped('other', 'zk2'))).toEqual([5])
  })

  test('case 40: for who belongs, but not where it only has to be finished', () => {
    const goal = ensemble(5).converge()
    expect(restoreProblems(goal, ensemble(3).facts)).toMatchObject([{ exit: 5 }, { exit: 5 }])
    expect(restoreProblems(goal, ensemble(3).facts, 'finish')).toEqual([])
  })
})

describe('no data is replaced', () => {
  const goal = ensemble(3).converge()
  const problems = (facts: EnsembleFacts, to = goal) =>
    swapProblems(planRestore(to, facts, backup), facts).map(({ host, got, exit }) => [host, got.split(',')[0], exit])
  const stopped = ensemble(3).down('zk1', 'zk2', 'zk3').facts
  const without2: Converge = {
    ...goal,
    members: goal.members.map((member) => (member.host === 'zk2' ? { ...member, role: 'absent' } : member)),
  }
  const all = { zk1: 'hold', zk2: 'hold', zk3: 'hold' } as const

  test('but on hosts that are marked and stopped, every one of them', () => {
    expect(problems(marked(stopped, all))).toEqual([])
    expect(problems(marked(stopped, { ...all, zk1: 'swapped' }))).toEqual([])
  })

  test('while a server runs anywhere, also one that is to leave', () => {
    const facts = marked(ensemble(3).down('zk1', 'zk3').facts, all)
    const runs = [['zk2', 'its server still runs', 1]]
    expect(problems(facts)).toEqual(runs)
    expect(problems(facts, without2)).toEqual(runs)
  })

  test('case 40: while the mark of a host that gets it is gone', () => {
    expect(problems(marked(stopped, { ...all, zk2: undefined }))).toEqual([['zk2', 'its mark is gone', 5]])
    expect(problems(marked(stopped, { ...all, zk2: undefined }), without2)).toEqual([])
  })
})

test('epochs come to lie above any that a member, its files, its epochs or the backup know', () => {
  const data = (more: Partial<DataFiles>): DataFiles => ({
    files: [],
    whole: new Set(),
    currentEpoch: undefined,
    acceptedEpoch: undefined,
    ...more,
  })
  const now = ensemble(3).facts
  const none = ensemble(3).down('zk1', 'zk2', 'zk3').facts
  expect(epochAbove(backup, [], none)).toBe(3)
  expect(epochAbove({ ...backup, zxid: '0'.repeat(16), epochs: { current: null, accepted: null } }, [], now)).toBe(2)
  expect(epochAbove(backup, [data({ currentEpoch: 7 }), data({ acceptedEpoch: 9 })], now)).toBe(10)
  expect(epochAbove(backup, [data({ files: [{ name: 'log.c00000001', size: 1 }] })], now)).toBe(13)
  expect(epochAbove({ ...backup, epochs: { current: 20, accepted: 21 } }, [], now)).toBe(22)
  expect(epochAbove(backup, [], listing(none, [], '1e00000000'))).toBe(31)
  expect(zxidOfEpoch(22)).toBe('1600000000')
})

test('a restore begins after whatever was set aside, also by a slow clock', () => {
  expect(sinceOf(1000, [])).toBe(1000)
  expect(sinceOf(1000, ['data/aside.999-repair', 'data/aside.998-0123456789ab', 'data/aside.'])).toBe(1000)
  expect(sinceOf(1000, ['data/aside.1500-repair.77', 'data/aside.1400-0123456789ab'])).toBe(1501)
})
