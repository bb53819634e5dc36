import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { desiredTrees } from '../../../src/tree/desired.ts'
import type { TreePlan } from '../../../src/tree/plan.ts'
import { planTrees, seedTrees } from '../../../src/tree/seed.ts'
import { ZooKeeperError } from '../../../src/zookeeper/zookeeper.ts'
import {
  entriesOf,
  expected,
  failuresFrom,
  headOf,
  identities,
  note,
  seed,
  sourceOf,
  stored,
  type Told,
  treeOf,
} from './build.ts'
import { fakeEnsemble } from './fake-zookeeper.ts'

const files = { 'db/url': 'jdbc:x', 'db/user': '', flags: 'a b' }

describe('seedTrees', () => {
  test('makes znodes, HEAD and manifest in one transaction, with folders above them', async () => {
    const zk = fakeEnsemble()
    const tree = treeOf(files)
    const seeded = await seed(zk, tree, { note: note({ run: 'r', reason: 'why' }) })
    expect(zk.tree()).toEqual(expected(tree))
    expect(zk.multis).toBe(1)
    expect(seeded).toMatchObject({
      name: 'app',
      path: '/dman/config',
      generation: 1,
      applied_at: note().at,
      drift: null,
    })
    expect(seeded.changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(
      ['', '/db', '/db/url', '/db/user', '/flags'].map((below) => `create /dman/config${below}`),
    )
    expect(headOf(zk)).toMatchObject({ generation: 1, run: 'r', reason: 'why', applying: null, path: '/dman/config' })
    expect(zk.znodes.get('/dman/config/flags')?.acl).toEqual([
      { scheme: 'digest', id: 'dman:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=', perms: 'cdrwa' },
      { scheme: 'world', id: 'anyone', perms: 'r' },
    ])
  })

  test('a second seed writes nothing and needs one round trip of reads', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    const before = [...zk.znodes]
    zk.reads = 0
    const events: Told[] = []
    const seeded = await seed(zk, treeOf(files), { events })
    expect(zk.multis).toBe(1)
    expect([...zk.znodes]).toEqual(before)
    // HEAD, stored manifests and ACLs, the ACL of metadata, six folders above, five znodes: all of it asked for at once. Their ACLs are those
    // that they were made with.
    expect(zk.reads).toBe(15)
    expect(seeded).toMatchObject({ generation: 1, changes: [] })
    expect(events.at(-1)).toMatchObject({ task: 'trees/app', is: 'ended', outcome: 'unchanged' })
  })

  test('writes only what differs, and of the manifest one chunk and the index', async () => {
    const zk = fakeEnsemble()
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, `v${index}`]))
    await seed(zk, treeOf(many))
    const writes: string[] = []
    zk.onCommit = (operations) => writes.push(...operations.map((operation) => operation.do))
    const before = stored(zk).length
    await seed(zk, treeOf({ ...many, k7: 'other' }))
    // chunk and index, the record and what was replaced; HEAD and the znode
    expect(writes.sort()).toEqual(['create', 'create', 'create', 'create', 'set', 'set'])
    expect(stored(zk)).toHaveLength(before + 2)
    expect(zk.text('/dman/config/k7')).toBe('other')
    expect(zk.znodes.get('/dman/config/k8')?.version).toBe(0)
  })

  test('metadata of a private tree is as private, and history and ACLs are for dman alone', async () => {
    const zk = fakeEnsemble()
    const acl = ['digest:dman:cdrwa', 'ip:10.0.0.0/8:rw']
    await seed(zk, treeOf(files, { acl }))
    const readers = (path: string) => zk.znodes.get(path)?.acl.map(({ scheme, perms }) => `${scheme}:${perms}`)
    const meta = ['/dman/meta/app', '/dman/meta/app/HEAD', '/dman/meta/app/manifest', ...stored(zk)]
    for (const path of meta) expect(readers(path), path).toEqual(['digest:cdrwa', 'ip:r'])
    const hidden = [...zk.znodes.keys()].filter((path) => /^\/dman\/meta\/app\/(acls|history)/.test(path))
    expect(hidden).toHaveLength(4)
    for (const path of hidden) expect(readers(path), path).toEqual(['digest:cdrwa'])
    expect(readers('/dman/meta')).toEqual(['digest:cdrwa', 'world:r'])
  })

  test('a dry run and planTrees write nothing', async () => {
    const zk = fakeEnsemble()
    const events: Told[] = []
    const seeded = await seed(zk, treeOf(files), { dryRun: true, events })
    expect(events.at(-1)).toMatchObject({ outcome: 'unchanged', note: 'generation 0, 5 changes to be made' })
    expect(seeded).toMatchObject({ generation: null, applied_at: null })
    expect(seeded.changes).toHaveLength(5)
    const [plan] = await planTrees(await zk.open(), [treeOf(files)], note())
    expect(plan?.changes).toEqual(seeded.changes)
    expect(zk.multis).toBe(0)
  })

  test('prunes what it owns, and only that', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ ...files, 'old/a': '1', 'old/b': '2', 'gone/c': '3', 'x/1': '', 'x/2': '' }))
    zk.put('/dman/config/old/theirs', 'foreign')
    zk.put('/dman/config/foreign', 'too')
    const seeded = await seed(zk, treeOf({ ...files, 'x/1': '', 'x/2': '' }))
    expect(zk.tree()).toEqual({
      ...expected(treeOf({ ...files, 'x/1': '', 'x/2': '' })),
      '/dman/config/old': '',
      '/dman/config/old/theirs': 'foreign',
      '/dman/config/foreign': 'too',
    })
    expect(seeded.remarks).toEqual([
      '/dman/config/old is no longer wanted, but kept: something that is not ours is below it',
    ])
    expect((await seed(zk, treeOf({ ...files, 'x/1': '', 'x/2': '' }))).changes).toEqual([])
    zk.remove('/dman/config/old/theirs')
    await seed(zk, treeOf({ ...files, 'x/1': '', 'x/2': '' }))
    expect(zk.text('/dman/config/old')).toBeUndefined()
  })

  test('prune: never deletes nothing and stays quiet about it', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf({ ...files, old: '1' }, { prune: 'never' }))
    await seed(zk, treeOf(files, { prune: 'never' }))
    expect(zk.text('/dman/config/old')).toBe('1')
    const writes = zk.multis
    await seed(zk, treeOf(files, { prune: 'never' }))
    expect(zk.multis).toBe(writes)
    await seed(zk, treeOf(files))
    expect(zk.text('/dman/config/old')).toBeUndefined()
  })

  test('case 31: someone else’s edit is named, and set back by its version', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    zk.put('/dman/config/flags', 'theirs')
    zk.remove('/dman/config/db/user')
    const { changes } = await seed(zk, treeOf(files))
    expect(changes).toEqual([
      expect.objectContaining({ kind: 'create', path: '/dman/config/db/user', drift: true }),
      expect.objectContaining({
        kind: 'set',
        path: '/dman/config/flags',
        drift: true,
        reason: 'someone else changed it since it was applied',
      }),
    ])
    expect(zk.tree()).toEqual(expected(treeOf(files)))
  })

  test('case 31: an edit between plan and apply is not overwritten before it was planned and shown', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    zk.beforeMulti = (count) => {
      if (count === 1) zk.put('/dman/config/flags', 'theirs')
    }
    const plans: TreePlan[] = []
    await seed(zk, treeOf({ ...files, flags: 'new' }), { onPlan: (plan) => plans.push(plan) })
    expect(plans.map(({ changes }) => changes.map(({ reason }) => reason))).toEqual([
      ['wanted otherwise now'],
      ['someone else changed it since it was applied'],
    ])
    expect(zk.text('/dman/config/flags')).toBe('new')
  })

  test('case 31: of two writers one wins, the other is told who', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    const other = treeOf({ ...files, flags: 'bob' })
    const session = await zk.open()
    const multi = session.multi.bind(session)
    session.multi = async (operations) => {
      await seed(zk, other, { note: note({ who: 'bob@den', run: 'bobs', reason: 'mine' }) })
      return multi(operations)
    }
    const open = () => Promise.resolve(session)
    const [failure] = await failuresFrom(() => seed({ open }, treeOf({ ...files, flags: 'ann' })))
    expect(failure).toMatchObject({ exit: 1 })
    expect(failure?.got).toContain('generation 2 by bob@den')
    expect(zk.text('/dman/config/flags')).toBe('bob')
  })

  test('foreign znodes of the same bytes are taken over, others are shown as overwritten', async () => {
    const zk = fakeEnsemble()
    zk.put('/dman/config/flags', 'a b')
    zk.put('/dman/config/db/url', 'theirs')
    for (const path of ['', '/flags', '/db']) zk.grant(`/dman/config${path}`, ...treeOf({}).ownAcl)
    const { changes } = await seed(zk, treeOf(files))
    expect(changes.map(({ kind, path, reason }) => [kind, path.slice(12), reason])).toEqual([
      ['adopt', '', 'already as wanted'],
      ['adopt', '/db', 'already as wanted'],
      ['set', '/db/url', 'overwrites a value that is not ours'],
      ['acl', '/db/url', 'replaces an ACL that is not ours'],
      ['create', '/db/user', 'new'],
      ['adopt', '/flags', 'already as wanted'],
    ])
    expect(zk.znodes.get('/dman/config/flags')?.version).toBe(0)
    expect((await seed(zk, treeOf(files))).changes).toEqual([])
  })

  test('a znode that moves from one tree to another is not pruned', async () => {
    const two = (a: Record<string, string>, b: Record<string, string>) =>
      desiredTrees(
        [
          { source: sourceOf(), entries: entriesOf(a) },
          { source: sourceOf({ name: 'sub', path: '/dman/config/sub' }), entries: entriesOf(b) },
        ],
        identities,
      )
    for (const reverse of [false, true]) {
      const zk = fakeEnsemble()
      const run = { open: zk.open, note: note(), emit: () => undefined }
      await seed(zk, treeOf({ 'sub/x': '1', y: '2', z: '3' }))
      const trees = two({ y: '2', z: '3' }, { x: '1' })
      const seeded = await seedTrees(reverse ? trees.reverse() : trees, run)
      expect(zk.text('/dman/config/sub/x')).toBe('1')
      expect(zk.znodes.get('/dman/config/sub/x')?.version).toBe(0)
      expect(seeded.flatMap(({ changes }) => changes.map(({ kind }) => kind)).includes('delete')).toBe(false)
      expect((await seedTrees(trees, { ...run, note: note({ run: 'again' }) })).flatMap((one) => one.changes)).toEqual(
        [],
      )
    }
  })

  test('a tree whose path changes leaves nothing at the old one', async () => {
    const zk = fakeEnsemble()
    await seed(zk, treeOf(files))
    const deeper = treeOf(files, { path: '/dman/config/v2' })
    await seed(zk, deeper, { allowShrink: true })
    expect(zk.tree()).toEqual({ ...expected(deeper), '/dman/config': '' })
    expect((await seed(zk, deeper)).changes).toEqual([])
  })

  test('a session that can’t be had at first is told at once; a refusal of ZooKeeper names the tree', async () => {
    let opened = 0
    const open = () => {
      opened++
      return Promise.reject(new Failure({ step: 'open', got: 'refused', hint: '' }))
    }
    const [failure] = await failuresFrom(() => seed({ open }, treeOf(files)))
    expect(failure?.got).toBe('refused')
    expect(opened).toBe(1)
    const zk = fakeEnsemble()
    const session = await zk.open()
    session.multi = () => Promise.reject(new ZooKeeperError('NO_AUTH', '/dman'))
    const refused = await failuresFrom(() => seed({ open: () => Promise.resolve(session) }, treeOf(files)))
    expect(refused).toMatchObject([{ step: 'tree app', got: 'NO_AUTH: /dman', exit: 1 }])
  })
})
