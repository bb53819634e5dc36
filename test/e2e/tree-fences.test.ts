import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { broken, shellOf } from './faults-kit.ts'
import { withLab } from './lab/lab.ts'
import { writerOf } from './readers-kit.ts'
import { readByKazoo } from './tree-kazoo.ts'
import { ended, server, statusOf } from './up-look.ts'
import { dialOf, zxidOf } from './znodes.ts'

const lab = withLab()
const acl = ['digest:dman:cdrwa', 'world:anyone:r']
const pid = "p=$(sed -n 's/^pid: //p' dman/run/server)"
/** Resolves once none of its threads runs any more. */
const freeze = (host: string) =>
  broken(
    shellOf(lab),
    host,
    `${pid}; kill -STOP $p; while grep -qs '^State:.[^Tt]' /proc/$p/task/*/status; do :; done`,
    `${pid}; kill -CONT $p 2>/dev/null || :`,
  )

async function roles() {
  const leader = (await statusOf(lab, 0)).leader ?? ''
  // The first is who everybody else writes through.
  const follower = lab.hosts.map(({ name }) => name).find((name, index) => index > 0 && name !== leader) ?? ''
  return { leader, follower }
}

/** Sessions of which the first meets a fault at its write of that number, from 0, with the request under way. */
function failing(writer: ReturnType<typeof writerOf>, host: string, at: number, around: Around) {
  const told = { sent: 0, waited: 0 }
  const open = async (): Promise<ZooKeeper> => {
    if (told.sent > at) return writer.open()
    const zk = await writer.open(host, { requestTimeout: 1500, deadline: 1500 })
    return { ...zk, multi: (all) => (told.sent++ === at ? around(() => zk.multi(all)) : zk.multi(all)) }
  }
  return { open, told, emit: (event: { is: string }) => void (told.waited += event.is === 'waiting' ? 1 : 0) }
}
type Around = <T>(send: () => Promise<T>) => Promise<T>

describe('a tree on an ensemble whose members fail with a request in them', () => {
  beforeAll(async () => void ended(await lab.run('up', lab.inventory), 0))

  const seen = async (writer: ReturnType<typeof writerOf>) => {
    const all = await readByKazoo(server(lab), writer.at)
    const zk = await writer.open()
    const head = await zk.get(`/dman/meta/${writer.name}/HEAD`)
    await zk.close()
    const values = [...all.values()].map(({ data, version }) => `${data.toString()} v${version}`)
    return { values, head: `${head?.data.toString()} v${head?.stat.version}` }
  }

  test.each([false, true])(
    'case 32: a follower freezes with the request in it and thaws later; another writes meanwhile: %s. What comes late changes nothing',
    async (another) => {
      const writer = writerOf(lab, `frozen-${another}`, acl)
      await writer.write({ a: '1', b: '1' })
      const { leader, follower } = await roles()
      let thaw = () => Promise.resolve()
      const { open, told, emit } = failing(writer, follower, 0, async (send) => {
        ;({ mend: thaw } = await freeze(follower))
        const answer = send()
        answer.catch(() => undefined)
        if (another) await writer.write({ a: '3', b: '3' })
        return answer
      })
      const end = await writer.write({ a: '2', b: '2' }, { open, emit }).catch(String)
      expect(told.waited, 'the request was lost').toBeGreaterThan(0)
      if (another) expect(end).toContain('changed meanwhile: generation 2 by e2e')
      else expect(end).toBe(2)
      const before = await seen(writer)
      expect(before.values.slice(1)).toEqual(another ? ['3 v1', '3 v1'] : ['2 v1', '2 v1'])
      const last = await zxidOf(dialOf(lab, leader))
      await thaw()
      // What is refused has a zxid, too, which the follower learns of once its request has come to the leader.
      await expect.poll(() => zxidOf(dialOf(lab, follower)), { timeout: 30_000 }).toBeGreaterThan(last)
      await sleep(200)
      expect(await seen(writer)).toEqual(before)
    },
  )

  test.each([
    ['one transaction', 0, 2],
    ['several transactions', 3, 400],
  ])(
    'case 32: the leader is killed with a request of %s under way: the run completes it, or a rerun does',
    async (kind, at, count) => {
      const writer = writerOf(lab, `killed-${count}`, acl)
      const values = (text: string) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, text.repeat(4000)]))
      await writer.write(values('1'))
      const isWhole = async (text: string) => {
        const { values: now } = await seen(writer)
        return now.slice(1).every((value) => value.startsWith(text.repeat(4000)))
      }
      const { leader, follower } = await roles()
      const { open, told, emit } = failing(writer, follower, at, async (send) => {
        await freeze(leader)
        const answer = send()
        answer.catch(() => undefined)
        await lab.exec(leader, `${pid}; kill -9 $p`)
        return answer
      })
      const dies = kind === 'several transactions'
      const dead = async () => (told.sent > at ? Promise.reject(new Error('dead')) : open())
      const how = dies ? { open: dead, pause: () => Promise.resolve() } : { open }
      const end = await writer.write(values('2'), { ...how, emit }).catch(String)
      expect(told.waited, 'the request was lost').toBeGreaterThan(0)
      if (dies) {
        expect(end).toContain('dead')
        expect((await seen(writer)).head).toContain('"applying"')
        expect(await writer.write(values('2'))).toBe(2)
      } else expect(end).toBe(2)
      expect(await isWhole('2')).toBe(true)
      expect((await seen(writer)).head).not.toContain('"applying"')
      ended(await lab.run('up', lab.inventory), 0)
    },
  )
})
