import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { readByKazoo } from './tree-kazoo.ts'
import { address, change, folder, isThere, open, put, read, seed, server, source, useTree } from './tree-kit.ts'
import type { Server } from './zookeeper-server.ts'

useTree()

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

describe('a tree in a real ZooKeeper whose connections break', () => {
  test('case 32: the connection is cut amid each transaction in turn, and the tree is completed by that very run', async () => {
    for (let index = 0; index < 600; index++) put(`k${index}`, `${index} `.repeat(600))
    for (let at = 0; at < 8; at++) {
      change({ name: `cut-${at}`, path: `/dman/cut-${at}` })
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
      change({ acl: at % 2 === 0 ? shut : ajar })
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
