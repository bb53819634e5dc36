import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, symlinkSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Emit } from '../../src/model/event.ts'
import { Failures } from '../../src/model/failure.ts'
import { seedTrees } from '../../src/tree/seed.ts'
import { treesSeen } from '../../src/tree/status.ts'
import { openSession } from '../../src/zookeeper/session.ts'
import { type ZooKeeper, ZooKeeperError } from '../../src/zookeeper/zookeeper.ts'
import { readByKazoo, writeByKazoo } from './tree-kazoo.ts'
import {
  address,
  change,
  folder,
  identities,
  isThere,
  noteOf,
  open,
  put,
  read,
  seed,
  server,
  source,
  useTree,
} from './tree-kit.ts'
import { zxidOf } from './znodes.ts'

useTree()

const zxid = () => zxidOf(server.dial)

const codeOf = (error: unknown) => (error instanceof ZooKeeperError ? error.code : String(error))

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
    put('zookeeper/config', 'theirs is /zookeeper')
    put(`${'d/'.repeat(300)}leaf`, 'deep')
    const tree = await read()
    const seeded = await seed()
    const seen = await isThere(tree)
    // The server strikes out the hash for whoever may not change the ACL.
    expect(seen.get(`${tree.path}/bytes`)?.acl).toEqual(['digest:dman:x:31', 'world:anyone:1'])
    expect(await writeByKazoo(address, `${tree.path}/value`, 'not mine')).toBe('NoAuthError')
    expect(await writeByKazoo(address, `/dman/meta/${tree.name}/HEAD`, 'not mine')).toBe('NoAuthError')
    const zk = await open()
    expect((await treesSeen(zk, [tree], { drift: true, identities })).statuses).toEqual([
      { name: tree.name, path: tree.path, generation: 1, applied_at: seeded.applied_at, drift: false },
    ])
    await zk.close()
  })

  test('an ACL of the scheme ip lets those addresses read, and no others', async () => {
    const readers = { one: '127.0.0.1', net: '127.5.0.0/16' }
    const acls = Object.entries(readers).map(([pattern, who]) => ({
      pattern,
      acl: ['digest:dman:cdrwa', `ip:${who}:r`],
    }))
    change({ acls })
    for (const name of Object.keys(readers)) put(name, 'x')
    await seed()
    const [host = '', port] = address.split(':')
    const readFrom = async (localAddress: string) => {
      const socket = net.connect({ host, port: Number(port), localAddress })
      await once(socket, 'connect')
      const zk = await openSession({ dial: () => Promise.resolve(socket) })
      const get = (name: string) => zk.get(`${source.path}/${name}`).then((found) => found?.data.toString())
      const found = await Promise.all(
        Object.keys(readers).map((name) => get(name).catch((why: unknown) => codeOf(why))),
      )
      await zk.close()
      return found
    }
    expect(await readFrom('127.0.0.1')).toEqual(['x', 'NO_AUTH'])
    expect(await readFrom('127.5.6.7')).toEqual(['NO_AUTH', 'x'])
    expect(await readFrom('127.6.6.7')).toEqual(['NO_AUTH', 'NO_AUTH'])
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
    const fits = largest.subarray(0, largest.length - (size - 1_048_575))
    put('big', fits)
    await seed()
    await isThere(await read())
    const began = await zxid()
    for (const [name, data] of [
      ['big', largest.subarray(0, fits.length + 1)],
      ['smile 😀', 'x'],
      ['bell \u0007', 'x'],
      ['\ufffd', 'x'],
    ] as const)
      expect(await problemOf({ good: 'x', [name]: data })).toContain(name)
    execFileSync('mkfifo', [path.join(folder, 'pipe')])
    symlinkSync('pipe', path.join(folder, 'to-pipe'))
    symlinkSync('/dev/zero', path.join(folder, 'zero'))
    const problem = await problemOf({})
    expect(problem).toContain('pipe: no file, folder or link')
    expect(problem).toContain('to-pipe: a link to no file or folder')
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
        return seedTrees([tree], { open, note: noteOf(who), emit: () => undefined })
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
    let isFirst = true
    const slower = async (): Promise<ZooKeeper> => {
      const zk = await open()
      const multi: ZooKeeper['multi'] = async (operations) => {
        if (isFirst) {
          isFirst = false
          await seedTrees([ann], { open, note: noteOf('ann'), emit: () => undefined })
        }
        return zk.multi(operations)
      }
      return { ...zk, multi }
    }
    const told: string[] = []
    const emit: Emit = (event) => {
      if (event.is === 'log') told.push(event.text)
    }
    const [seeded] = await seedTrees([bob], { open: slower, note: noteOf('bob'), emit })
    expect(seeded).toMatchObject({ generation: 3, changes: [{ kind: 'set', path: `${source.path}/b` }] })
    expect(told.join()).toContain('another run was faster: generation 2 by ann')
    const there = await readByKazoo(address, source.path)
    expect(['a', 'b'].map((name) => there.get(`${source.path}/${name}`)?.data.toString())).toEqual(['ann', 'bob'])
  })
})
