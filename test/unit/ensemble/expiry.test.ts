import { expect, test } from 'vitest'
import { certificateProblems } from '../../../src/ensemble/expiry.ts'
import type { MemberFacts } from '../../../src/ensemble/facts.ts'
import { present } from '../../../src/model/fact.ts'
import type { TlsRelease } from '../../../src/model/tls-stage.ts'
import { ensemble, oldConf } from '../build.ts'

const day = 86_400_000
const now = Date.parse('2026-05-01T00:00:00Z')
const told = (expires: number | undefined, mode: TlsRelease['mode'] = 'strict') => {
  const { facts } = ensemble(3)
  const [member] = facts.members
  if (member?.laid.is !== 'present') throw new Error('it is there')
  const stage: TlsRelease = { mode, trusts: ['a'], issuer: 'a', expires: expires ?? 0, names: [] }
  const stages = expires === undefined ? {} : { stages: { [oldConf]: stage } }
  const seen: MemberFacts = { ...member, laid: present({ ...member.laid.value, ...stages }) }
  return certificateProblems(seen, { ...facts, at: now })
}

test('case 38: a certificate that expires within 90 days, or has expired, is told of', () => {
  expect(told(undefined)).toEqual([])
  expect(told(now + 91 * day)).toEqual([])
  expect(told(now + 89 * day)).toEqual(['its certificate for peers expires on 2026-07-29: `up` renews it'])
  expect(told(now - day)).toEqual([
    'its certificate for peers expired on 2026-04-30, so that it cannot come back to the others: `up` renews it',
  ])
})

test('case 38: of an ensemble with TLS for clients alone, too', () => {
  expect(told(now + 89 * day, 'off')).toEqual(['its certificate for clients expires on 2026-07-29: `up` renews it'])
  expect(told(now - day, 'off')).toEqual([
    'its certificate for clients expired on 2026-04-30, so that they refuse it: `up` renews it',
  ])
})
