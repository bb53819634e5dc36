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

test.each(['10.0.0.1', '10.0.0.1/32', '0.0.0.0/0', '::', '::1/128', 'FD00:1:2::/48', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::'])(
  'ip:%s is taken', (id) => expect(readAcl(`ip:${id}:r`)).toEqual({ scheme: 'ip', id, perms: 'r' })
) // prettier-ignore

test.each(['10.0.0.300', '10.0.0', '10.0.0.1.2', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/8/8', '10.0.0.1/x', '10.0.0.1/-1', 'host', 'fd00::/129', '1::2::3',
  'fd00:::1', '12345::', '::ffff:10.0.0.1', 'fe80::1%eth0', '[::1]', '1:2:3', ' 10.0.0.1'])(
  'ip:%s is refused, as ZooKeeper does', (id) => expect(readAcl(`ip:${id}:r`)).toHaveProperty('wrong')
) // prettier-ignore

test.each([['app', true], ['a/b', true], ['app@REALM', true], ['app/host@REALM', true], ['a@b@c', false], ['a/b/c@R', false]])(
  'sasl:%s: %s', (id, isTaken) => expect('wrong' in readAcl(`sasl:${id}:r`)).toBe(!isTaken)
) // prettier-ignore

test('identities are named without a digest, each once', () => {
  const texts = ['digest:dman:cdrwa', 'digest:web-1:r', 'digest:web-1:w', 'digest:bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r']
  expect(namedIdentities([...texts, 'sasl:ann:r', 'nonsense'])).toEqual(['dman', 'web-1'])
})
