import { expect, test } from 'vitest'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import { nextStep } from '../../../../src/ensemble/plan/next-step.ts'
import { absent, type Fact, present, unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import type { RestoreMark } from '../../../../src/remote/host-facts.ts'
import { ensemble } from '../../build.ts'

const mark: RestoreMark = { restore: 'abcdef012345', phase: 'hold', since: 1_700_000_000, who: 'ann@laptop' }

const marked = (now: EnsembleFacts, mark: Fact<RestoreMark>, ...hosts: string[]): EnsembleFacts => ({
  ...now,
  members: now.members.map((member) =>
    hosts.includes(member.host) && member.laid.is === 'present'
      ? { ...member, laid: present({ ...member.laid.value, data: { ...member.laid.value.data, mark } }) }
      : member,
  ),
})

test('case 40: while one host is marked by a restore, up and start do nothing and say what to do; stop is free', () => {
  const built = ensemble(3).down('zk1', 'zk2', 'zk3')
  const now = marked(built.facts, present(mark), 'zk2')
  for (const goal of [built.converge(), built.serve()]) {
    const next = nextStep(goal, now)
    expect(next).toMatchObject({ is: 'refuse', why: [{ host: 'zk2', exit: 5 }] })
    if (next.is === 'refuse') {
      expect(next.why[0].got).toContain('restore of the backup abcdef012345 by ann@laptop')
      expect(next.why[0].hint).toContain('run `restore` again')
    }
  }
  expect(nextStep(built.stop(), marked(ensemble(3).facts, present(mark), 'zk2'))).toMatchObject({ is: 'step' })
})

test('the mark of one that is to leave keeps that one off, and hinders nobody else', () => {
  const built = ensemble(3).down('zk2')
  const { members, ...goal } = built.serve()
  const leaving = members.map((member) => (member.host === 'zk3' ? { ...member, role: 'absent' as const } : member))
  const next = nextStep({ ...goal, members: leaving }, marked(built.facts, present(mark), 'zk3'))
  expect(next).toMatchObject({ is: 'step', step: { kind: 'start', turns: [{ host: 'zk2' }] } })
})

test('a mark that cannot be read is one, and one that is not there is none', () => {
  const built = ensemble(3).down('zk1')
  const why = new Failure({ step: 'observe', got: 'data/held is none of ours', hint: 'look at it' })
  expect(nextStep(built.serve(), marked(built.facts, unknown(why), 'zk1'))).toMatchObject({ is: 'refuse' })
  expect(nextStep(built.serve(), marked(built.facts, absent, 'zk1'))).toMatchObject({ is: 'step' })
})
