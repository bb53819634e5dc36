import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aclOf, failuresFrom, headOf, seed, stopEarly, treeOf } from './build.ts'
import { type FakeEnsemble, fakeEnsemble, type Fault } from './fake-zookeeper.ts'
import { holds } from './holds.ts'

const dman = 'digest:dman:cdrwa'
const lists = [[dman], [dman, 'world:anyone:r'], [dman, 'sasl:app:r'], [dman, 'ip:10.0.0.0/8:rw', 'sasl:app:r']]
const small = 2500

const tree = fc
  .record({
    files: fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'c/e'), fc.constantFrom('1', '2', 'z'.repeat(400)), {
      minKeys: 1,
    }),
    acl: fc.constantFrom(...lists),
    acls: fc.array(fc.record({ pattern: fc.constantFrom('a', 'b', 'c/**', '*'), acl: fc.constantFrom(...lists) }), {
      maxLength: 2,
    }),
    limit: fc.constantFrom(small, 1_048_575),
    root: fc.constantFrom('open' as const, 'closed' as const),
    history: fc.constantFrom(1, 2, 20),
  })
  .map(({ files, ...over }) => treeOf(files, over))
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constantFrom('lost' as const, 'unheard' as const),
  fc.integer({ min: 1, max: 30 }),
)
const strangers = fc.array(
  fc.tuple(fc.constantFrom('', '/a', '/b', '/c', '/c/d'), fc.constantFrom('cdrwa', 'ra', 'r')),
  {
    maxLength: 2,
  },
)

/** Someone else's hands: dman keeps the right to mend it. */
function grant(zk: FakeEnsemble, below: string, perms: string) {
  const [own] = treeOf({}).dmanAcl
  zk.grant(`/dman/config${below}`, { scheme: 'world', id: 'anyone', perms }, { ...own!, perms: 'a' })
}

test('case 32: whatever ACLs change, by us and by others, and whatever is lost: a rerun completes it, and nobody is locked out', async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      tree,
      strangers,
      fc.array(fc.tuple(fc.nat(14), fault), { maxLength: 4 }),
      async (old, want, edits, faults) => {
        const zk = fakeEnsemble()
        await seed(zk, old)
        for (const [below, perms] of edits) grant(zk, below, perms)
        for (const [at, what] of faults) zk.faults.set(zk.multis + at, what)
        await seed(zk, want, { allowShrink: true })
        zk.faults.clear()
        zk.thaw()
        const late = await seed(zk, want)
        // A change of an ACL that hung in a server may come behind the run's end: it is told as drift, and mended.
        for (const { kind, drift } of late.changes) expect([kind, drift]).toEqual(['acl', true])
        holds(zk, want)
        expect((await seed(zk, want)).changes).toEqual([])
      },
    ),
    { numRuns: 200 },
  )
})

test('case 32: a process that dies at any write of ACLs leaves what another run finishes, which also mends what comes late', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, tree, fc.nat(14), fault, async (old, began, want, at, how) => {
      const zk = fakeEnsemble()
      await seed(zk, old)
      const dies = zk.multis + at
      zk.faults.set(dies, how)
      const open = () => (zk.multis > dies ? Promise.reject(new Error('dead')) : zk.open())
      await seed({ open }, began, { allowShrink: true }).catch(() => undefined)
      zk.faults.clear()
      const again = () => seed(zk, want, { allowShrink: true })
      await again().catch(again).catch(again)
      zk.thaw()
      await again()
      holds(zk, want)
    }),
    { numRuns: 200 },
  )
})

test('case 32: what a dead run still had under way cannot open what its successor shut', async () => {
  const open = treeOf({ a: 'x' }, { acl: [dman, 'world:anyone:r'] })
  const shut = treeOf({ a: 'secret' }, { acl: [dman] })
  for (let dies = 0; dies < 12; dies++)
    for (let late = 1; late < 40; late += 3) {
      const zk = fakeEnsemble()
      await seed(zk, treeOf({ a: 'x' }, { acl: [dman] }))
      const at = zk.multis + dies
      zk.faults.set(at, late)
      const session = () => (zk.multis > at ? Promise.reject(new Error('dead')) : zk.open())
      await seed({ open: session }, open).catch(() => undefined)
      zk.faults.clear()
      const again = () => seed(zk, shut)
      await again().catch(again)
      zk.thaw()
      expect(aclOf(zk, '/dman/config/a'), `write ${dies}, ${late} calls later`).toBe('digest:dman:cdrwa')
      expect(zk.text('/dman/config/a')).toBe('secret')
    }
})

test('a value is never there with an ACL that is neither its own nor a tighter one', async () => {
  const versions = [
    treeOf({ a: 'public' }, { acl: [dman, 'world:anyone:r'] }),
    treeOf({ a: 'secret' }, { acl: [dman, 'sasl:app:r'] }),
    treeOf({ a: 'public too' }, { acl: [dman, 'world:anyone:r'] }),
  ]
  const zk = fakeEnsemble()
  const check = () => {
    if (zk.text('/dman/config/a') === 'secret') expect(aclOf(zk, '/dman/config/a')).not.toContain('world')
  }
  zk.onAcl = check
  zk.onCommit = check
  for (const want of versions) await seed(zk, want)
  holds(zk, versions[2]!)
})

test('drift of an ACL is named, and mended with HEAD showing applying meanwhile', async () => {
  const zk = fakeEnsemble()
  const want = treeOf({ a: '1' })
  await seed(zk, want)
  grant(zk, '/a', 'cdrwa')
  const seen: boolean[] = []
  zk.onAcl = () => seen.push(headOf(zk).applying !== null)
  const { changes, generation } = await seed(zk, want)
  expect(changes).toMatchObject([
    { kind: 'acl', path: '/dman/config/a', drift: true, reason: 'someone else changed it since it was applied' },
  ])
  expect(changes[0]?.summary).toBe(
    'acl /dman/config/a (digest:dman:a world:anyone:cdrwa to digest:dman:cdrwa world:anyone:r)',
  )
  expect(seen).not.toContain(false)
  expect(generation).toBe(2)
  holds(zk, want)
})

test('an ACL that dman may not change is refused before anything is written: exit 5', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1' }))
  zk.grant('/dman/config/a', { scheme: 'world', id: 'anyone', perms: 'r' })
  const writes = zk.multis
  const [failure] = await failuresFrom(() => seed(zk, treeOf({ a: '2', b: '1' })))
  expect(failure).toMatchObject({ exit: 5 })
  expect(failure?.got).toBe('dman may not change the ACL of /dman/config/a, which is world:anyone:r')
  expect(zk.multis).toBe(writes)
})

test('case 31: who changes an ACL between plan and apply is not overwritten before it was planned and shown', async () => {
  const zk = fakeEnsemble()
  await seed(zk, treeOf({ a: '1' }))
  const want = treeOf({ a: '1' }, { acl: [dman] })
  zk.beforeMulti = (count) => {
    if (count === 1) grant(zk, '/a', 'cdrwa')
  }
  const plans: string[] = []
  await seed(zk, want, { onPlan: ({ changes }) => plans.push(changes.map(({ summary }) => summary).join()) })
  expect(plans.length).toBeGreaterThan(1)
  expect(plans.at(-1)).toContain('world:anyone:cdrwa to')
  holds(zk, want)
})

test('ACLs that the servers do not take are refused before HEAD shows anything', async () => {
  const none = [['sasl', 'sasl:app:r'], ['ipv6', 'ip:fd00::/8:r']] as const
  for (const [lacks, text] of none)
    // With the world among its readers the metadata has no such ACL.
    for (const acl of [[dman, text], [dman, 'world:anyone:r', text]])
      for (const files of [{ a: '1' }, { b: '1'.repeat(2000) }]) {
        const zk = fakeEnsemble()
        zk.takes[lacks] = false
        await seed(zk, treeOf({ a: '1' }, { limit: small }))
        const want = treeOf(files, { limit: small, acls: [{ pattern: '*', acl }] })
        const [failure] = await failuresFrom(() => seed(zk, want))
        expect(failure).toMatchObject({ exit: 1 })
        expect(failure?.got).toMatch(/^INVALID_ACL/)
        // else the metadata, which has it too, is what is refused
        if (acl.includes('world:anyone:r')) expect(failure?.got).toContain(text)
        expect(headOf(zk)).toMatchObject({ generation: 1, applying: null })
        await seed(zk, treeOf({ a: '2' }, { limit: small }))
      }
}) // prettier-ignore

test('Ctrl-C amid ACLs leaves what the next run finishes', async () => {
  const files = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`k${index}`, 'x']))
  const zk = fakeEnsemble()
  await seed(zk, treeOf(files))
  const stop = new AbortController()
  zk.onAcl = () => stop.abort()
  const want = treeOf(files, { acl: [dman] })
  const [failure] = await failuresFrom(() => seed(zk, want, { interrupted: stop.signal }))
  expect(failure).toMatchObject({ exit: 130 })
  expect(stopEarly().interrupted.aborted).toBe(false)
  await seed(zk, want)
  holds(zk, want)
})
