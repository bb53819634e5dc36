import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Tree } from '../../src/tree/desired.ts'
import { seedTrees } from '../../src/tree/seed.ts'
import { type ZooKeeper, ZooKeeperError } from '../../src/zookeeper/zookeeper.ts'
import { readByKazoo } from './tree-kazoo.ts'
import { address, change, folder, isThere, noteOf, open, put, read, seed, server, source, useTree } from './tree-kit.ts'

useTree()

/** What becomes of a write whose connection is cut: it is never sent, or done and its answer lost. */
const fates = ['lost', 'unheard'] as const
type Fate = (typeof fates)[number]

/** Sessions of which one has that fate at the write of that number, from 0. */
function cutting(at: number, fate: Fate) {
  let writes = 0
  const session = async (): Promise<ZooKeeper> => {
    const zk = await open()
    const socket = server.sockets.at(-1)
    const cut = async <T>(send: () => Promise<T>): Promise<T> => {
      if (writes++ !== at) return send()
      if (fate === 'unheard') await send()
      socket?.destroy()
      return fate === 'lost' ? send() : Promise.reject(new ZooKeeperError('CONNECTION_LOSS', 'cut'))
    }
    return {
      ...zk,
      multi: (operations) => cut(() => zk.multi(operations)),
      setAcl: (...args) => cut(() => zk.setAcl(...args)),
    }
  }
  return { open: session, writes: () => writes }
}

/** How many writes a seed is, counted in one that nothing befalls. */
async function writesOf(work: (open: () => Promise<ZooKeeper>) => Promise<unknown>): Promise<number> {
  const { open, writes } = cutting(-1, 'lost')
  await work(open)
  return writes()
}

describe('a tree in a real ZooKeeper whose connections break', () => {
  test('case 32: the connection is cut at each transaction in turn, before it and behind it, and the tree is completed by that very run', async () => {
    for (let index = 0; index < 24; index++) put(`k${index}`, `${index} `.repeat(1500))
    const trees: Tree[] = []
    const work = async (open: () => Promise<ZooKeeper>) => {
      const name = `cut-${trees.length}`
      change({ name, path: `/dman/cut/${name}` })
      const tree = { ...(await read()), limit: 12_000 }
      trees.push(tree)
      await seedTrees([tree], { open, note: noteOf('e2e'), emit: () => undefined })
    }
    const count = await writesOf(work)
    expect(count).toBeGreaterThan(12)
    for (let at = 0; at < count; at++)
      for (const fate of fates) {
        const { open, writes } = cutting(at, fate)
        await work(open)
        expect(writes()).toBeGreaterThan(at)
      }
    const all = await readByKazoo(address, '/dman/cut')
    for (const tree of trees) await isThere(tree, all)
  })

  test('case 32: the same at each change of an ACL, of the tree and its metadata, and nobody is locked out', async () => {
    put('a', '1')
    put('b', '1')
    const shut = ['digest:dman:cdrwa']
    const ajar = [...shut, 'world:anyone:r']
    change({ history: 1000 })
    await seed()
    let round = 0
    const work = async (acl: string[], open: () => Promise<ZooKeeper>) => {
      put('a', `${++round}`)
      change({ acl })
      return seed({ open })
    }
    const counts = [await writesOf((open) => work(shut, open)), await writesOf((open) => work(ajar, open))]
    expect(Math.min(...counts)).toBeGreaterThan(8)
    for (const fate of fates)
      for (let at = 0; at < Math.max(...counts); at++)
        for (const [index, acl] of [shut, ajar].entries()) {
          const { open: session, writes } = cutting(at, fate)
          await work(acl, session)
          if (at < (counts[index] ?? 0)) expect(writes()).toBeGreaterThan(at)
          const zk = await open()
          for (const below of ['', '/a', '/b']) {
            const there = (await zk.getAcl(`${source.path}${below}`))?.acl ?? []
            const shown = there.map(({ scheme, perms }) => `${scheme}:${perms}`)
            expect(shown, `${fate} ${at} ${below}`).toEqual(
              acl === shut ? ['digest:cdrwa'] : ['digest:cdrwa', 'world:r'],
            )
          }
          expect((await zk.get(`${source.path}/a`))?.data.toString()).toBe(`${round}`)
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
          await server.freeze()
          void sleep(4000).then(() => server.thaw())
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
