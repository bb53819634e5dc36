import { expect, test } from 'vitest'
import { readAcl } from '../../../src/model/acl-text.ts'

test('takes an ACL apart, colons in its id included', () => {
  expect(readAcl('ip:fd00::/8:r')).toEqual({ scheme: 'ip', id: 'fd00::/8', perms: 'r' })
  expect(readAcl('digest:dman:cdrwa')).toEqual({ scheme: 'digest', id: 'dman', perms: 'cdrwa' })
  const digest = 'bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E='
  expect(readAcl(`digest:${digest}:r`)).toEqual({ scheme: 'digest', id: digest, perms: 'r' })
})

test.each(['', 'world', 'world:anyone', 'world:all:r', 'world:anyone:rr', 'world:anyone:', 'auth::r', 'ip::r', 'digest:bob:aGFzaA==:r'])(
  '%j is none', (text) => expect(readAcl(text)).toHaveProperty('wrong')
) // prettier-ignore
