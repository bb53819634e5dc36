import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Emit } from '../../src/model/event.ts'
import { Failures } from '../../src/model/failure.ts'
import { Secret } from '../../src/model/secret.ts'
import type { TreeSource } from '../../src/model/tree-source.ts'
import type { Tree } from '../../src/tree/desired.ts'
import { seedTrees } from '../../src/tree/seed.ts'
import type { Seeded, Seeding } from '../../src/tree/seed.ts'
import { readTrees } from '../../src/tree/source.ts'
import { treeStatus } from '../../src/tree/status.ts'
import { digestId } from '../../src/zookeeper/digest.ts'
import { openSession } from '../../src/zookeeper/session.ts'
import { fourLetterWord, parseSrvr } from '../../src/zookeeper/words.ts'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { readByKazoo, writeByKazoo } from './tree-kazoo.ts'
import { sourceOf } from '../unit/tree/build.ts'
import { startServer } from './zookeeper-server.ts'
import type { Server } from './zookeeper-server.ts'

const password = new Secret('password of dman')
const identities = { dman: digestId('dman', password) }
const auth = [{ scheme: 'digest', auth: new Secret(`dman:${password.reveal()}`) }]

let server: Server
let address: string
let folder: string
let count = 0
let source: TreeSource

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

const open = (requestTimeout = 10_000): Promise<ZooKeeper> => openSession({ dial: server.dial, auth, requestTimeout })

const put = (name: string, data: string | Buffer) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), data)
}
const read = async (): Promise<Tree> => (await readTrees([source], identities))[0]!

async function seed(over: Partial<Seeding> = {}): Promise<Seeded> {
  const note = { who: 'e2e', run: `run-${count++}`, at: new Date().toISOString(), reason: '' }
  const [seeded] = await seedTrees([await read()], { open, note, emit: () => undefined, ...over })
  return seeded!
}

const zxid = async (): Promise<number> => {
  const words = parseSrvr(await fourLetterWord(server.dial, 'srvr', 5000))
  if (words.is !== 'present') throw new Error('srvr has no answer')
  return parseInt(words.value.zxid, 16)
}

/** Every znode of the tree is read by kazoo, and nothing else is there. */
async function isThere(tree: Tree) {
  const seen = await readByKazoo(address, tree.path)
  expect([...seen.keys()].sort()).toEqual([...tree.znodes.keys()].sort())
  for (const [at, { data }] of tree.znodes) expect(seen.get(at)?.data.equals(data), at).toBe(true)
  return seen
}

describe('a tree in a real ZooKeeper', () => {
  test('is read back by kazoo byte for byte, whatever names and bytes it has, by anyone, and written by dman alone', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    put('a b', 'blank')
    put('ü/日本', 'names')
    put('value', 'emoji 😀 in a value')
    put('empty', '')
    put('bytes', all)
    put('.znode', 'of the top')
    put('kept/.gitkeep', '')
    put(`${'d/'.repeat(300)}leaf`, 'deep')
    const tree = await read()
    const seeded = await seed()
    const seen = await isThere(tree)
    // The server strikes out the hash for whoever may not change the ACL.
    expect(seen.get(`${tree.path}/bytes`)?.acl).toEqual(['digest:dman:x:31', 'world:anyone:1'])
    expect(await writeByKazoo(address, `${tree.path}/value`, 'not mine')).toBe('NoAuthError')
    expect(await writeByKazoo(address, `/dman/meta/${tree.name}/HEAD`, 'not mine')).toBe('NoAuthError')
    const zk = await open()
    expect(await treeStatus(zk, [tree], { drift: true, identities })).toEqual([
      { name: tree.name, path: tree.path, generation: 1, applied_at: seeded.applied_at, drift: false },
    ])
    await zk.close()
  })

  test('seeded again is not written: no znode, and no zxid but those of the session', async () => {
    put('a', '1')
    put('b/c', '2')
    await seed()
    const before = await readByKazoo(address, '/dman')
    const began = await zxid()
    expect((await seed()).changes).toEqual([])
    expect((await zxid()) - began).toBe(2)
    expect(await readByKazoo(address, '/dman')).toEqual(before)
    put('a', 'changed')
    expect((await seed()).changes.map(({ kind, path: at }) => `${kind} ${at}`)).toEqual([`set ${source.path}/a`])
    const after = await isThere(await read())
    expect(after.get(`${source.path}/b/c`)).toEqual(before.get(`${source.path}/b/c`))
    expect(after.get(`${source.path}/a`)).toMatchObject({ version: 1 })
  })

  test('case 30: the largest value that fits is there, one byte more and forbidden names leave nothing behind', async () => {
    const largest = Buffer.alloc(1_048_575, 'x')
    const size = Number(/of (\d+) bytes/.exec(await problemOf({ big: largest }))?.[1])
    put('big', largest.subarray(0, largest.length - (size - 1_048_575)))
    await seed()
    await isThere(await read())
    const began = await zxid()
    for (const [name, data] of [
      ['bigger', Buffer.alloc(1_048_576)],
      ['smile 😀', 'x'],
      ['bell \u0007', 'x'],
      ['\ufffd', 'x'],
    ] as const)
      expect(await problemOf({ good: 'x', [name]: data })).toContain(name)
    execFileSync('mkfifo', [path.join(folder, 'pipe')])
    symlinkSync('/dev/zero', path.join(folder, 'zero'))
    const problem = await problemOf({})
    expect(problem).toContain('pipe: no file, folder or link')
    expect(problem).toContain('zero: a link out of the source')
    expect(await zxid()).toBe(began)
  })

  async function problemOf(files: Record<string, string | Buffer>): Promise<string> {
    for (const [name, data] of Object.entries(files)) put(name, data)
    const thrown: unknown = await seed().then(
      () => 'nothing',
      (error: unknown) => error,
    )
    for (const name of Object.keys(files)) rmSync(path.join(folder, name))
    expect(thrown).toBeInstanceOf(Failures)
    expect(thrown).toMatchObject({ exit: 3 })
    return (thrown as Failures).message
  }

  test('of two thousand znodes, more than one request holds, is applied in several transactions, then not written again', async () => {
    for (let index = 0; index < 2000; index++) put(`d${index % 20}/k${index}`, `${index} `.repeat(150))
    const seeded = await seed()
    expect(seeded.remarks.join()).toContain('too much for one transaction')
    await isThere(await read())
    const began = await zxid()
    expect((await seed()).changes).toEqual([])
    expect((await zxid()) - began).toBe(2)
    put('d7/k7', 'changed')
    const writes = await zxid()
    expect((await seed()).changes).toHaveLength(1)
    expect((await zxid()) - writes).toBe(3)
    for (let index = 0; index < 1900; index++) rmSync(path.join(folder, `d${index % 20}/k${index}`))
    await expect(seed()).rejects.toMatchObject({ exit: 5 })
    await seed({ allowShrink: true })
    await isThere(await read())
  })

  test('case 31: of two writers at once one wins, the other is told who', async () => {
    put('a', '1')
    await seed()
    const trees = []
    for (const text of ['ann', 'bob']) {
      put('a', text)
      trees.push(await read())
    }
    const ends = await Promise.allSettled(
      trees.map((tree, index) => {
        const who = ['ann', 'bob'][index] ?? ''
        const note = { who, run: `rival-${who}-${count++}`, at: new Date().toISOString(), reason: '' }
        return seedTrees([tree], { open, note, emit: () => undefined })
      }),
    )
    const winner = ends[0]?.status === 'fulfilled' ? 'ann' : 'bob'
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = ends.find((end) => end.status === 'rejected')
    expect(String(lost?.reason)).toContain(`changed meanwhile: generation 2 by ${winner}`)
    expect((await readByKazoo(address, source.path)).get(`${source.path}/a`)?.data.toString()).toBe(winner)
  })

  test('case 31: who was not the first plans anew in the same run, and undoes nothing of the first', async () => {
    put('a', '1')
    put('b', '1')
    await seed()
    put('a', 'ann')
    const ann = await read()
    put('b', 'bob')
    const bob = await read()
    const noted = (who: string) => ({ who, run: `rival-${who}-${count++}`, at: new Date().toISOString(), reason: '' })
    let isFirst = true
    const slower = async (): Promise<ZooKeeper> => {
      const zk = await open()
      const multi: ZooKeeper['multi'] = async (operations) => {
        if (isFirst) {
          isFirst = false
          await seedTrees([ann], { open, note: noted('ann'), emit: () => undefined })
        }
        return zk.multi(operations)
      }
      return { ...zk, multi }
    }
    const told: string[] = []
    const emit: Emit = (event) => {
      if (event.is === 'log') told.push(event.text)
    }
    const [seeded] = await seedTrees([bob], { open: slower, note: noted('bob'), emit })
    expect(seeded).toMatchObject({ generation: 3, changes: [{ kind: 'set', path: `${source.path}/b` }] })
    expect(told.join()).toContain('another run was faster: generation 2 by ann')
    const there = await readByKazoo(address, source.path)
    expect(['a', 'b'].map((name) => there.get(`${source.path}/${name}`)?.data.toString())).toEqual(['ann', 'bob'])
  })

  /** Sessions whose connection is cut amid the write of that number, from 0: half of them lose the request, half only the answer. */
  function cutting(at: number) {
    let writes = 0
    const cut = <T>(socket: Server['sockets'][number] | undefined, answer: T): T => {
      if (writes++ === at) setTimeout(() => socket?.destroy(), at % 2 === 0 ? 0 : 3)
      return answer
    }
    const session = async (): Promise<ZooKeeper> => {
      const zk = await open()
      const socket = server.sockets.at(-1)
      return {
        ...zk,
        multi: (operations) => cut(socket, zk.multi(operations)),
        setAcl: (...args) => cut(socket, zk.setAcl(...args)),
      }
    }
    return { open: session, writes: () => writes }
  }

  test('case 32: the connection is cut amid each transaction in turn, and the tree is completed by that very run', async () => {
    for (let index = 0; index < 600; index++) put(`k${index}`, `${index} `.repeat(600))
    for (let at = 0; at < 8; at++) {
      source = { ...source, name: `cut-${at}`, path: `/dman/cut-${at}` }
      const { open, writes } = cutting(at)
      await seed({ open })
      expect(writes()).toBeGreaterThan(at)
      await isThere(await read())
    }
  })

  test('case 32: the same amid each change of an ACL, of the tree and its metadata, and nobody is locked out', async () => {
    put('a', '1')
    put('b', '1')
    const [shut, ajar] = [['digest:dman:cdrwa'], ['digest:dman:cdrwa', 'world:anyone:r']]
    await seed()
    for (let at = 0; at < 18; at++) {
      put('a', `${at}`)
      source = { ...source, acl: at % 2 === 0 ? shut : ajar }
      const { open: session } = cutting(at)
      await seed({ open: session })
      const zk = await open()
      for (const below of ['', '/a', '/b']) {
        const acl = (await zk.getAcl(`${source.path}${below}`))?.acl.map(({ scheme, perms }) => `${scheme}:${perms}`)
        expect(acl, `${at} ${below}`).toEqual(at % 2 === 0 ? ['digest:cdrwa'] : ['digest:cdrwa', 'world:r'])
      }
      expect((await zk.get(`${source.path}/a`))?.data.toString()).toBe(`${at}`)
      await zk.close()
      expect((await seed()).changes).toEqual([])
    }
  })

  test('case 32: a server that freezes with the request in it and thaws later leaves the new tree', async () => {
    put('a', '1')
    put('b', '1')
    await seed()
    put('a', '2')
    put('b', '2')
    let frozen = false
    const freezing = async () => {
      const zk = await open(1000)
      return {
        ...zk,
        multi: async (operations: Parameters<ZooKeeper['multi']>[0]) => {
          if (frozen) return zk.multi(operations)
          frozen = true
          server.signal('SIGSTOP')
          void sleep(4000).then(() => server.signal('SIGCONT'))
          return zk.multi(operations)
        },
      }
    }
    const waits: string[] = []
    await seed({
      open: freezing,
      emit: (event) => {
        if (event.is === 'waiting') waits.push(event.for)
      },
    })
    expect(waits.length).toBeGreaterThan(0)
    await isThere(await read())
    const head = await readByKazoo(address, `/dman/meta/${source.name}/HEAD`)
    expect(JSON.parse([...head.values()][0]?.data.toString() ?? '')).toMatchObject({ generation: 2 })
    expect(readFileSync(path.join(folder, 'a'), 'utf8')).toBe('2')
  })
})
