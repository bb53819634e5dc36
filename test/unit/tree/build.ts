import type { Emit } from '../../../src/model/event.ts'
import { Failure, Failures } from '../../../src/model/failure.ts'
import type { TreeSource } from '../../../src/model/tree-source.ts'
import { shownAcl } from '../../../src/tree/acl.ts'
import { desiredTrees, type SourceEntry, type Tree } from '../../../src/tree/desired.ts'
import { decodeHead, type Head, type Note } from '../../../src/tree/meta/head.ts'
import { type Seeded, type Seeding, seedTrees } from '../../../src/tree/seed.ts'
import { requestLimit } from '../../../src/zookeeper/transaction.ts'
import type { FakeEnsemble } from './fake-zookeeper.ts'

export const identities = { dman: 'dman:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=' }

export const sourceOf = (over: Partial<TreeSource> = {}): TreeSource => ({
  name: 'app',
  path: '/dman/config',
  from: ['config'],
  format: 'files',
  separator: '/',
  templates: false,
  variables: { ensemble: 'dman', hosts: [], ports: {}, connect: '', vars: {} },
  prune: 'owned',
  acl: ['digest:dman:cdrwa', 'world:anyone:r'],
  acls: [],
  secret: [],
  root: 'open',
  history: 20,
  ...over,
})

/** Entries as a folder gives them: `files` by path below the tree, folders above them added. */
export function entriesOf(files: Readonly<Record<string, string | Buffer>>): SourceEntry[] {
  const all = new Map<string, SourceEntry>([['', { below: '', data: Buffer.alloc(0), file: 'config' }]])
  for (const [below, data] of Object.entries(files)) {
    const names = below.split('/')
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      if (!all.has(folder)) all.set(folder, { below: folder, data: Buffer.alloc(0), file: `config/${folder}` })
    }
    all.set(below, { below, data: Buffer.from(data), file: `config/${below}` })
  }
  return [...all.values()]
}

export type Files = Readonly<Record<string, string | Buffer>>

export function treeOf(files: Files, over: Partial<TreeSource> & { limit?: number } = {}): Tree {
  const { limit = requestLimit, ...rest } = over
  return desiredTrees([{ source: sourceOf(rest), entries: entriesOf(files) }], identities, limit)[0]!
}

/** What the fake holds once `files` are seeded at `path`. */
export const expected = (tree: Tree): Record<string, string> =>
  Object.fromEntries(
    [...tree.znodes].map(([path, { data }]) => [path, data.toString()] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )

export const note = (over: Partial<Note> = {}): Note => ({
  who: 'ann@desk',
  run: 'run-1',
  at: '2024-05-01T10:00:00Z',
  reason: 'first',
  ...over,
})

export type Told = Parameters<Emit>[0]

/** Stops a larger apply once the first of its transactions is through. */
export function stopEarly() {
  const stop = new AbortController()
  const emit: Emit = (event) => {
    if (event.is === 'progress') stop.abort()
  }
  return { emit, interrupted: stop.signal }
}

let runs = 0

/** Seeds one tree by a run of its own; events are collected where asked for. */
export async function seed(
  zk: Pick<FakeEnsemble, 'open'>,
  tree: Tree,
  over: Partial<Seeding> & { events?: Told[] } = {},
): Promise<Seeded> {
  const { events, ...rest } = over
  const [seeded] = await seedTrees([tree], {
    open: zk.open,
    note: note({ run: `run-of-test-${runs++}` }),
    emit: (event) => void events?.push(event),
    sleep: () => Promise.resolve(),
    ...rest,
  })
  return seeded!
}

/** The failures that a call ends with. */
export async function failuresFrom(body: () => unknown): Promise<readonly Failure[]> {
  try {
    await body()
  } catch (error) {
    if (error instanceof Failures) return error.all
    if (error instanceof Failure) return [error]
    throw error
  }
  throw new Error('it did not fail')
}

export const headOf = (zk: FakeEnsemble): Head =>
  decodeHead(zk.znodes.get('/dman/meta/app/HEAD')?.data ?? Buffer.alloc(0), 'test')

/** Paths of stored manifests' objects. */
export const stored = (zk: FakeEnsemble): string[] =>
  [...zk.znodes.keys()].filter((path) => path.startsWith('/dman/meta/app/manifest/'))

/** Who may do what there, without hashes. */
export const aclOf = (zk: FakeEnsemble, path: string): string => shownAcl(zk.znodes.get(path)?.acl ?? [])

/** Every znode of the history, below its folder. */
export const kept = (zk: FakeEnsemble): string[] =>
  [...zk.znodes.keys()].flatMap((path) => /^\/dman\/meta\/app\/history\/(.+)/.exec(path)?.[1] ?? []).sort()
