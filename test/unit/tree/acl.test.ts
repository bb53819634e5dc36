import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aclSteps, isAcl, mayAdminister, metaAcl, namedAcl, ownAcl, parseAcl, shownAcl } from '../../../src/tree/acl.ts'
import type { Acl } from '../../../src/zookeeper/zookeeper.ts'
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

const acl = (text: string) => text.split(' ').map((each) => parseAcl(each, identities, 'test'))

test('metadata is read by whoever may read all of the tree, and by the world only where that may', () => {
  const of = (...texts: string[]) => shownAcl(metaAcl(texts.map(acl), identities, 'test'))
  expect(of('digest:dman:cdrwa world:anyone:r')).toBe('digest:dman:cdrwa world:anyone:r')
  expect(of('digest:dman:cdrw')).toBe('digest:dman:cdrwa')
  expect(of('ip:10.0.0.0/8:rw ip:10.0.0.0/8:r world:anyone:w')).toBe('digest:dman:cdrwa ip:10.0.0.0/8:r')
  const [app, ip] = ['sasl:app:r', 'ip:10.0.0.0/8:r']
  expect(of('world:anyone:r', `${app} ${ip}`)).toBe(`digest:dman:cdrwa ${ip} ${app}`)
  expect(of(`${app} ${ip}`, `sasl:app:rw sasl:other:r`)).toBe(`digest:dman:cdrwa ${app}`)
  expect(of(app, ip)).toBe('digest:dman:cdrwa')
})

test('an ACL is the same in any order, and what the server masks is compared without hashes', () => {
  const masked = { scheme: 'digest', id: 'dman:x', perms: 'cdrwa' }
  const want = acl('digest:dman:cdrwa world:anyone:r')
  expect(isAcl(acl('world:anyone:r digest:dman:awrdc'), want)).toBe(true)
  expect(isAcl([masked, ...acl('world:anyone:r')], want)).toBe(true)
  expect(isAcl([masked], want)).toBe(false)
  const other = { ...masked, id: 'dman:AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
  expect(isAcl([other], acl('digest:dman:cdrwa'))).toBe(false)
  // Who reads the true hashes sees a literal x as what it is.
  expect(isAcl(acl('digest:dman:cdrwa').concat({ ...masked, id: 'dman:x' }), acl('digest:dman:cdrwa'))).toBe(false)
  expect(shownAcl([other])).toBe('digest:dman:cdrwa')
})

test('the key of an ACL names it in any order, and is another one with another password of dman', () => {
  const key = (texts: string[], known = identities) => namedAcl(texts, known, 'test').key
  const texts = ['digest:dman:cdrwa', 'world:anyone:r']
  expect(key(texts)).toMatch(/^[\w-]{22}$/)
  expect(key([...texts].reverse())).toBe(key(texts))
  expect(key(texts, { dman: 'dman:AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })).not.toBe(key(texts))
  expect(key(['digest:dman:cdrwa'])).not.toBe(key(texts))
})

test('who may change an ACL is read from it, and doubt is no refusal', () => {
  const dman = acl('digest:dman:cdrwa')
  expect(mayAdminister(acl('digest:dman:a'), dman)).toBe(true)
  expect(mayAdminister(acl('world:anyone:cdrwa'), dman)).toBe(true)
  expect(mayAdminister(acl('ip:10.0.0.1:a'), dman)).toBe(true)
  expect(mayAdminister(acl('digest:dman:cdrw world:anyone:r'), dman)).toBe(false)
  expect(mayAdminister([{ scheme: 'digest', id: 'dman:x', perms: 'a' }], dman)).toBe(false)
})

describe('the way from one ACL to another', () => {
  const who = ['world:anyone', 'ip:10.0.0.0/8', 'sasl:app', 'sasl:other']
  const perms = fc.subarray(['c', 'd', 'r', 'w', 'a']).map((all) => all.join(''))
  const entry = fc.tuple(fc.constantFrom(...who), perms).filter(([, held]) => held !== '')
  const any = fc.uniqueArray(entry, { selector: ([name]) => name }).map((all) => all.map((each) => each.join(':')))
  const held = (list: readonly Acl[], scheme: string, id: string) =>
    new Set(
      list
        .filter((each) => (each.scheme === scheme && each.id === id) || each.scheme === 'world')
        .flatMap(({ perms: all }) => all.split('')),
    )

  test('takes before the data and gives after it: meanwhile nobody has more than both allow, and dman has all', () => {
    fc.assert(
      fc.property(any, any, perms, (from, to, ours) => {
        const dman = acl('digest:dman:cdrwa')
        const live = [...from.flatMap(acl), ...(ours === '' ? [] : acl(`digest:dman:${ours}`))]
        const want = [...to.flatMap(acl), ...dman]
        const { before, after } = aclSteps(live, want, dman)
        const meanwhile = before ?? live
        expect(held(meanwhile, 'digest', identities.dman).size).toBe(5)
        for (const name of who) {
          const [scheme = '', id = ''] = name.split(/:(.*)/)
          const now = [...held(meanwhile, scheme, id)].sort()
          const both = [...held(live, scheme, id)].filter((perm) => held(want, scheme, id).has(perm)).sort()
          // Nobody of sasl is named on the way where none is wanted.
          if (scheme === 'sasl' && !to.some((text) => text.startsWith(scheme)))
            expect(both, name).toEqual(expect.arrayContaining(now))
          else expect(now, name).toEqual(both)
        }
        expect(isAcl(after ?? before ?? [], want)).toBe(true)
      }),
    )
  })

  test('is one step where permissions only go or only come', () => {
    const dman = acl('digest:dman:cdrwa')
    const [open, shut] = [acl('digest:dman:cdrwa world:anyone:r'), dman]
    expect(aclSteps(open, shut, dman)).toEqual({ before: shut })
    expect(aclSteps(shut, open, dman)).toEqual({ after: open })
    expect(aclSteps(acl('digest:dman:ra'), open, dman)).toEqual({ before: dman, after: open })
  })
})
