import { expect, test } from 'vitest'
import { namedIdentities, readAcl } from '../../../src/model/acl-text.ts'

test('takes an ACL apart, colons in its id included', () => {
  expect(readAcl('ip:fd00::/8:r')).toEqual({ scheme: 'ip', id: 'fd00::/8', perms: 'r' })
  expect(readAcl('digest:dman:cdrwa')).toEqual({ scheme: 'digest', id: 'dman', perms: 'cdrwa' })
  const digest = 'bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E='
  expect(readAcl(`digest:${digest}:r`)).toEqual({ scheme: 'digest', id: digest, perms: 'r' })
})

test.each(['', 'world', 'world:anyone', 'world:all:r', 'world:anyone:rr', 'world:anyone:', 'auth::r', 'ip::r', 'digest:bob:aGFzaA==:r', 'digest:super:r',
  'digest:super:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r', 'digest:a b:r', 'digest:-a:r', 'digest:ü:r'])(
  '%j is none', (text) => expect(readAcl(text)).toHaveProperty('wrong')
) // prettier-ignore

test('identities are named without a digest, each once', () => {
  const texts = ['digest:dman:cdrwa', 'digest:web-1:r', 'digest:web-1:w', 'digest:bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r']
  expect(namedIdentities([...texts, 'sasl:ann:r', 'nonsense'])).toEqual(['dman', 'web-1'])
})
