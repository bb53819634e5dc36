import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import type { TreeSource } from '../../src/model/tree-source.ts'
import { isWithin } from '../../src/model/znode-path.ts'
import type { Tree } from '../../src/tree/desired.ts'
import { type Seeded, type Seeding, seedTrees } from '../../src/tree/seed.ts'
import { readTrees } from '../../src/tree/source.ts'
import { digestId } from '../../src/zookeeper/digest.ts'
import { openSession } from '../../src/zookeeper/session.ts'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { sourceOf } from '../unit/tree/build.ts'
import { readByKazoo } from './tree-kazoo.ts'
import { type Server, startServer } from './zookeeper-server.ts'

const password = new Secret('password of dman')
export const identities = { dman: digestId('dman', password) }
const auth = [{ scheme: 'digest', auth: new Secret(`dman:${password.reveal()}`) }]

/** The server of a file of tests, and the folder and the tree of the test that runs. */
export let server: Server
/** as kazoo is told it */
export let address: string
export let folder: string
export let source: TreeSource
let count = 0

/** For each file of tests a server, for each test an empty folder and a tree of its own. */
export function useTree(): void {
  beforeAll(async () => {
    server = await startServer()
    const zk = await open()
    const socket = server.sockets.at(-1)
    address = `${socket?.remoteAddress}:${socket?.remotePort}`
    await zk.close()
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dman-tree-'))
    const name = `tree-${count++}`
    const acl = ['digest:dman:cdrwa', 'world:anyone:r']
    source = sourceOf({ name, path: `/dman/${name}`, from: [folder], acl })
  })
  afterEach(() => rmSync(folder, { recursive: true }))
}

/** From now on, in this test, the tree is another. */
export function change(over: Partial<TreeSource>): void {
  source = { ...source, ...over }
}

export const open = (requestTimeout = 10_000): Promise<ZooKeeper> =>
  openSession({ dial: server.dial, auth, requestTimeout })

export const put = (name: string, data: string | Buffer) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), data)
}
export const read = async (): Promise<Tree> => (await readTrees([source], identities))[0]!

/** What a generation is noted with, of a run of its own. */
export const noteOf = (who: string) => ({ who, run: `run-${count++}`, at: new Date().toISOString(), reason: '' })

export async function seed(over: Partial<Seeding> = {}): Promise<Seeded> {
  const [seeded] = await seedTrees([await read()], { open, note: noteOf('e2e'), emit: () => undefined, ...over })
  return seeded!
}

/** Every znode of the tree is read by kazoo, and nothing else is there; `all`: what it read of more than that. */
export async function isThere(tree: Tree, all?: Awaited<ReturnType<typeof readByKazoo>>) {
  const seen = all ?? (await readByKazoo(address, tree.path))
  expect([...seen.keys()].filter((at) => isWithin(tree.path, at)).sort()).toEqual([...tree.znodes.keys()].sort())
  for (const [at, { data }] of tree.znodes) expect(seen.get(at)?.data.equals(data), at).toBe(true)
  return seen
}
