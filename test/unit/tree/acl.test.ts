import { expect, test } from 'vitest'
import { ownAcl, parseAcl } from '../../../src/tree/acl.ts'
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
