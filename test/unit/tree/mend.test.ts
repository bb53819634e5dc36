import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mendAcls, mended } from '../../../src/tree/mend.ts'
import type { Acl } from '../../../src/zookeeper/zookeeper.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const ids = new Map([['dman:old', 'dman:new']])
const digest = (id: string, perms = 'cdrwa'): Acl => ({ scheme: 'digest', id, perms })
const world: Acl = { scheme: 'world', id: 'anyone', perms: 'r' }

test('an ACL without the old id is the very same, of whatever scheme what looks like it', () => {
  const acl = [{ scheme: 'sasl', id: 'dman:old', perms: 'r' }, digest('dman:older'), world]
  expect(mended(acl, ids)).toBe(acl)
})

test('all that the old id may, the new one may, and nobody else more or less; mended once it stays', () => {
  const entry = fc.record({
    scheme: fc.constantFrom('digest', 'digest', 'world', 'ip'),
    id: fc.constantFrom('dman:old', 'dman:new', 'web:x'),
    perms: fc.subarray(['c', 'd', 'r', 'w', 'a'], { minLength: 1 }).map((perms) => perms.join('')),
  })
  const may = (acl: readonly Acl[], ...who: string[]) =>
    new Set(acl.filter(({ scheme, id }) => who.includes(`${scheme} ${id}`)).flatMap(({ perms }) => perms.split('')))
  fc.assert(
    fc.property(fc.array(entry), (acl) => {
      const after = mended(acl, ids)
      expect(may(after, 'digest dman:new')).toEqual(may(acl, 'digest dman:old', 'digest dman:new'))
      expect(may(after, 'digest dman:old')).toEqual(new Set())
      for (const who of ['digest web:x', 'world dman:old', 'ip dman:old'])
        expect(may(after, who)).toEqual(may(acl, who))
      expect(mended(after, ids)).toBe(after)
    }),
  )
})

const zookeeper = () => {
  const fake = fakeEnsemble()
  for (const path of ['/dman', '/dman/meta', '/dman/meta/app', '/theirs', '/theirs/x']) fake.put(path, '')
  fake.grant('/dman/meta', digest('dman:old'), world)
  fake.grant('/dman/meta/app', digest('dman:old'))
  fake.grant('/theirs/x', digest('dman:old', 'ra'), digest('web:x'))
  const mend = () => mendAcls(ids, { open: fake.open, waiting: () => undefined, sleep: () => Promise.resolve() })
  const aclAt = (path: string) => fake.znodes.get(path)?.acl
  return { fake, mend, aclAt }
}

test('the ids of all znodes are changed, whosever they are, and nothing is left to a second time', async () => {
  const { mend, aclAt, fake } = zookeeper()
  expect(await mend()).toBe(3)
  expect(aclAt('/dman/meta')).toEqual([digest('dman:new'), world])
  expect(aclAt('/dman/meta/app')).toEqual([digest('dman:new')])
  expect(aclAt('/theirs/x')).toEqual([digest('dman:new', 'ra'), digest('web:x')])
  const writes = fake.multis
  expect(await mend()).toBe(0)
  expect(fake.multis).toBe(writes)
})

test('an ACL that somebody changes meanwhile keeps what they wrote', async () => {
  const { mend, aclAt, fake } = zookeeper()
  fake.beforeMulti = () => {
    fake.beforeMulti = () => undefined
    fake.grant('/theirs/x', digest('dman:old', 'rwa'))
  }
  await mend()
  expect(aclAt('/theirs/x')).toEqual([digest('dman:new', 'rwa')])
})

test.each(['lost', 'unheard'] as const)('a change whose reply was %s is made up for', async (fault) => {
  const { mend, aclAt, fake } = zookeeper()
  fake.faults.set(fake.multis + 1, fault)
  await mend()
  expect(['/dman/meta', '/dman/meta/app', '/theirs/x'].map((path) => aclAt(path)?.[0]?.id)).toEqual(
    ['/dman/meta', '/dman/meta/app', '/theirs/x'].map(() => 'dman:new'),
  )
})
