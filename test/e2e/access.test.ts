import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { parseConfigNode } from '../../src/zookeeper/config.ts'
import type { Admin, Operation } from '../../src/zookeeper/zookeeper.ts'
import { withLab } from './lab/lab.ts'
import { passwords } from './readers-kit.ts'
import { expectUnseen, secretsOf } from './secret-search.ts'
import { ended } from './up-look.ts'
import { sessionOf } from './znodes.ts'

describe('who may do what in ZooKeeper', () => {
  const lab = withLab({ hosts: 2 })
  /** In a session of nobody in particular, or of who has that password. */
  const as = async <T>(who: 'anonymous' | 'dman' | 'super', work: (session: Admin) => Promise<T>): Promise<T> => {
    const password = (await passwords(lab))[who]
    const auth = password === undefined ? [] : [{ scheme: 'digest', auth: new Secret(`${who}:${password}`) }]
    const session = await sessionOf(lab, 'zk1', auth)
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }
  const data = Buffer.from('mine')
  const acl = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }]
  const all = ['/dman', '/dman/meta', '/dman/meta/_members', '/dman/meta/app', '/dman/meta/app/HEAD', '/dman/config']

  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
    // who left is remembered in /dman/meta/_members
    const one = await lab.edit((inventory) => inventory.setIn(['hosts', 'zk2', 'role'], 'absent'))
    ended(await lab.run('up', '--yes', one), 0)
  })

  test('who belongs is changed by the super user alone: anyone else’s reconfig is refused, dman’s too', async () => {
    const reconfig = async (session: Admin) => {
      const config = parseConfigNode((await session.get('/zookeeper/config'))?.data ?? Buffer.alloc(0))
      if (config.is !== 'present') throw new Error('no members are listed')
      // what is so already
      const { members: joining, version: from } = config.value
      return (await session.reconfig({ joining, leaving: [], from })).members.length
    }
    for (const who of ['anonymous', 'dman'] as const)
      await expect(as(who, reconfig), who).rejects.toMatchObject({ code: 'NO_AUTH' })
    expect(await as('super', reconfig)).toBe(1)
  })

  test.each([...all, '/dman/config/greeting'])('%s is changed by nobody but dman', (at) =>
    as('anonymous', async (session) => {
      const { stat } = (await session.get(at)) ?? {}
      expect(stat, 'anybody may read it').toBeDefined()
      const changes: readonly Operation[] = [
        { do: 'create', path: `${at}/mine`, data, acl },
        { do: 'set', path: at, data, version: -1 },
        { do: 'delete', path: at, version: -1 },
      ]
      for (const change of changes) {
        // what is right below the root anybody may delete, once it is empty
        const code = change.path === '/dman' && change.do === 'delete' ? 'NOT_EMPTY' : 'NO_AUTH'
        await expect(session.multi([change]), change.do).rejects.toMatchObject({ code })
      }
      await expect(session.setAcl(at, acl, -1)).rejects.toMatchObject({ code: 'NO_AUTH' })
      const own = { do: 'create', path: `${at}/own`, data, acl } as const
      await as('dman', (dman) => dman.multi([own, { do: 'delete', path: own.path, version: -1 }]))
    }),
  )

  test('/ is left to anybody as ZooKeeper has it, and is dman’s alone where a tree asks for that', async () => {
    const mine = { do: 'create', path: '/mine', data, acl } as const
    await as('anonymous', (session) => session.multi([mine, { do: 'delete', path: '/mine', version: -1 }]))
    const closed = await lab.edit((inventory) => {
      inventory.setIn(['hosts', 'zk2', 'role'], 'absent')
      inventory.setIn(['trees', 'app', 'root'], 'closed')
    })
    expect((await lab.run('plan', closed)).stdout).toContain('acl / (world:anyone:cdrwa to ')
    ended(await lab.run('up', closed), 0)
    await as('anonymous', async (session) => {
      await expect(session.multi([mine])).rejects.toMatchObject({ code: 'NO_AUTH' })
      await expect(session.setAcl('/', acl, -1)).rejects.toMatchObject({ code: 'NO_AUTH' })
      expect(await session.children('/')).toEqual(expect.arrayContaining(['dman', 'zookeeper']))
    })
    await as('dman', (session) => session.multi([mine, { do: 'delete', path: '/mine', version: -1 }]))
    ended(await lab.run('plan', '--detailed-exitcode', closed), 0)
  })

  test('ACLs of all four schemes are taken, and read back as they were asked for', async () => {
    const texts = [
      'digest:dman:cdrwa',
      'digest:bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r',
      'ip:10.0.0.0/8:r',
      'ip:fd00::/8:r',
      'sasl:app/host@REALM:r',
    ]
    const acl = [...texts, 'world:anyone:r']
    const all = await lab.edit((inventory) => {
      inventory.setIn(['hosts', 'zk2', 'role'], 'absent')
      inventory.setIn(['trees', 'app'], {
        path: '/dman/config',
        from: './config',
        root: 'closed',
        acls: { greeting: acl },
      })
    })
    ended(await lab.run('up', '--yes', all), 0)
    const there = await as('super', (session) => session.getAcl('/dman/config/greeting'))
    const shown = there?.acl.map(({ scheme, id, perms }) => `${scheme}:${id.replace(/^dman:.*/, 'dman')}:${perms}`)
    expect(shown?.sort()).toEqual(acl.toSorted())
    ended(await lab.run('plan', '--detailed-exitcode', all), 0)
  })

  test('of the four-letter words srvr, mntr, ruok and conf are answered, without a secret, and no other', async () => {
    const ask = async (word: string) => {
      const socket = net.connect({ host: lab.hosts[0]?.address, port: 2180 })
      await once(socket, 'connect')
      socket.write(word)
      return text(socket)
    }
    const refused = (word: string) => `${word} is not executed because it is not in the whitelist.\n`
    for (const word of ['cons', 'crst', 'dirs', 'dump', 'envi', 'gtmk', 'isro', 'srst', 'stat', 'wchc', 'wchp', 'wchs'])
      expect(await ask(word)).toBe(refused(word))
    const secrets = await secretsOf(lab)
    for (const word of ['srvr', 'mntr', 'ruok', 'conf']) {
      const answer = await ask(word)
      expect(answer).not.toBe(refused(word))
      expectUnseen(secrets, { [word]: answer })
    }
  })
})
