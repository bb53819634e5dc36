import { expect, test } from 'vitest'
import { sourceOf } from '../../../../src/ensemble/backup/source.ts'
import type { EnsembleFacts } from '../../../../src/ensemble/facts.ts'
import { ensemble } from '../../build.ts'

const refused = (now: EnsembleFacts, only?: ReadonlySet<string>) => {
  try {
    return sourceOf(now, only).host
  } catch (thrown) {
    return (thrown as { exit: number }).exit
  }
}

test('a synced follower is backed up, and the leader where there is no other', () => {
  expect(sourceOf(ensemble(3, 1).leader('zk1').facts).host).toBe('zk2')
  expect(sourceOf(ensemble(3).leader('zk2').down('zk1').facts).host).toBe('zk3')
  expect(sourceOf(ensemble(1).facts).host).toBe('zk1')
})

test('while a follower still syncs the leader is', () => {
  const now = ensemble(3).leader('zk1').facts
  const behind = {
    ...now,
    members: now.members.map((member) =>
      member.serving.is === 'present' && member.serving.value.leading
        ? {
            ...member,
            serving: {
              is: 'present' as const,
              value: { ...member.serving.value, leading: { ...member.serving.value.leading, syncedFollowers: 1 } },
            },
          }
        : member,
    ),
  }
  expect(sourceOf(behind).host).toBe('zk1')
})

test('without a quorum, or where no host may be touched, there is none', () => {
  expect(refused(ensemble(3).down('zk1', 'zk2', 'zk3').facts)).toBe(5)
  expect(refused(ensemble(3).facts, new Set(['zk9']))).toBe(5)
  expect(refused(ensemble(3).facts, new Set(['zk2']))).toBe('zk2')
})
