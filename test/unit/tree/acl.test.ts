import { expect, test } from 'vitest'
import { aclDifference, metaAcl, ownAcl, parseAcl } from '../../../src/tree/acl.ts'
import { failuresFrom, identities } from './build.ts'

test('names of identities become their digest ids; all else is taken as it is', () => {
  const parse = (text: string) => parseAcl(text, identities, 'test')
  expect(parse('digest:dman:cdrwa')).toEqual({ scheme: 'digest', id: identities.dman, perms: 'cdrwa' })
  const digest = 'bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E='
  expect(parse(`digest:${digest}:rw`)).toEqual({ scheme: 'digest', id: digest, perms: 'rw' })
  expect(parse('world:anyone:r')).toEqual({ scheme: 'world', id: 'anyone', perms: 'r' })
  expect(parse('ip:fd00::/8:r')).toEqual({ scheme: 'ip', id: 'fd00::/8', perms: 'r' })
  expect(parse('sasl:app@REALM:r')).toEqual({ scheme: 'sasl', id: 'app@REALM', perms: 'r' })
})

test('refuses schemes, permissions and identities that are not there, exit 3', async () => {
  const texts = [
    '',
    'world',
    'world:anyone',
    'auth::r',
    'world:all:r',
    'world:anyone:',
    'world:anyone:rr',
    'digest:eve:r',
  ]
  for (const text of [...texts, 'world:anyone:x', 'digest:toString:r']) {
    const [failure] = await failuresFrom(() => parseAcl(text, identities, 'test'))
    expect(failure, text).toMatchObject({ exit: 3, step: 'test' })
  }
})

test('what is ours is written by dman alone and read by the world', () => {
  expect(ownAcl(identities, 'test')).toEqual([
    { scheme: 'digest', id: identities.dman, perms: 'cdrwa' },
    { scheme: 'world', id: 'anyone', perms: 'r' },
  ])
})

test('metadata is read by whoever may read the tree, and by the world only where that may', () => {
  const of = (...texts: string[]) =>
    metaAcl(
      texts.map((text) => parseAcl(text, identities, 'test')),
      identities,
      'test',
    ).map(({ scheme, id, perms }) => `${scheme}:${id === identities.dman ? 'dman' : id}:${perms}`)
  expect(of('digest:dman:cdrwa', 'world:anyone:r')).toEqual(['digest:dman:cdrwa', 'world:anyone:r'])
  expect(of('digest:dman:cdrw')).toEqual(['digest:dman:cdrwa'])
  expect(of('ip:10.0.0.0/8:rw', 'ip:10.0.0.0/8:r', 'world:anyone:w')).toEqual(['digest:dman:cdrwa', 'ip:10.0.0.0/8:r'])
})

test('an ACL that differs is told without hashes, and what the server masks is compared without them', () => {
  const acl = (text: string) => text.split(' ').map((each) => parseAcl(each, identities, 'test'))
  const masked = { scheme: 'digest', id: 'dman:x', perms: 'cdrwa' }
  const want = acl('digest:dman:cdrwa world:anyone:r')
  expect(aclDifference('/x', want, acl('world:anyone:r digest:dman:awrdc'))).toBeUndefined()
  expect(aclDifference('/x', want, [masked, ...acl('world:anyone:r')])).toBeUndefined()
  expect(aclDifference('/x', want, [masked])).toBe(
    'acl of /x differs: it has digest:dman:cdrwa, wanted is digest:dman:cdrwa world:anyone:r; this version sets ACLs only on znodes that it creates',
  )
  const other = [{ ...masked, id: 'dman:AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }]
  expect(aclDifference('/x', acl('digest:dman:cdrwa'), other)).toContain(
    'digest:dman:cdrwa with another password, wanted',
  )
})
