import { mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { withLab } from './lab/lab.ts'
import { writerOf } from './readers-kit.ts'
import { readByKazoo, writeByKazoo } from './tree-kazoo.ts'
import { ended, server, statusOf } from './up-look.ts'

const lab = withLab()
const file = (name: string) => path.join(lab.folder, 'config', name)
const put = async (name: string, data: string) => {
  await mkdir(path.dirname(file(name)), { recursive: true })
  await writeFile(file(name), data)
}
const seed = async (inventory: string, ...args: string[]) => ended(await lab.run('seed', inventory, ...args), 0)

/** A session of dman's, for one look or one edit. */
async function asDman<T>(body: (zk: ZooKeeper) => Promise<T>): Promise<T> {
  const zk = await writerOf(lab, 'app', []).open()
  try {
    return await body(zk)
  } finally {
    await zk.close()
  }
}

/** What a stranger sees: bytes and ACLs, and nothing of what is not for him. */
async function seen() {
  const all = await readByKazoo(server(lab), '/dman/config')
  return Object.fromEntries([...all].map(([at, { data, acl }]) => [at, `${data.toString()} ${acl.join(' ')}`]))
}

const generations = async () => {
  const { stdout } = ended(await lab.run('tree', 'history', lab.inventory, 'app', '--json'), 0)
  const { generations: all } = JSON.parse(stdout) as { generations: { generation: number; reason: string }[] }
  return all.map(({ generation, reason }) => `${generation} ${reason}`)
}

describe('the history of a tree, on an ensemble that serves', () => {
  let guarded = ''
  beforeAll(async () => {
    await put('db/password', 'first')
    await put('old', 'goes')
    ended(await lab.run('up', lab.inventory), 0)
    guarded = await lab.edit((all) => all.setIn(['trees', 'app', 'acls'], { 'db/**': ['digest:dman:cdrwa'] }))
  })

  test('a rollback restores bytes, ACLs and deletions, as kazoo reads them; each generation is in the history', async () => {
    const first = await seen()
    expect(first['/dman/config/db/password']).toBe('first digest:dman:x:31 world:anyone:1')
    await put('db/password', 'second')
    await rm(file('old'))
    const began = Date.now()
    ended(await lab.runWith({ env: { SUDO_USER: 'ann' } }, 'seed', guarded, '-m', 'guarded'), 0)
    const second = await seen()
    expect(Object.keys(second)).not.toContain('/dman/config/db/password')
    expect(Object.keys(second)).not.toContain('/dman/config/old')
    expect(await writeByKazoo(server(lab), '/dman/config/db/password', 'x')).toBe('NoAuthError')
    expect((await readByKazoo(server(lab), '/dman/meta/app')).size).toBe(0)

    ended(await lab.run('tree', 'rollback', lab.inventory, 'app', '--dry-run'), 0)
    expect(await seen()).toEqual(second)
    ended(await lab.run('tree', 'rollback', lab.inventory, 'app'), 0)
    expect(await seen()).toEqual(first)
    ended(await lab.run('tree', 'rollback', guarded, 'app', '--to', '2', '-m', 'forth'), 0)
    expect(await seen()).toEqual(second)
    expect(await asDman(async (zk) => (await zk.get('/dman/config/db/password'))?.data.toString())).toBe('second')
    expect(await generations()).toEqual(['4 forth', '3 rollback to generation 1', '2 guarded', '1 '])
    ended(await lab.run('tree', 'rollback', lab.inventory, 'app', '--to', '9'), 3)
    const { stdout } = ended(await lab.run('tree', 'history', lab.inventory, 'app'), 0)
    expect(stdout).toMatch(/^4 .*\+0 ~1 -1, 2 ACLs .*forth$/m)
    const [, at = '', who = ''] = /^2 +(\S+) +(\S+) .*guarded$/m.exec(stdout) ?? []
    expect(who).toBe(`ann@${hostname()}`)
    expect(Date.parse(at)).toBeGreaterThanOrEqual(began)
    expect(Date.parse(at)).toBeLessThan(Date.now())
  })

  test('an ACL that a stranger opened is drift, and the next seed shuts it; dman is never locked out', async () => {
    expect((await statusOf(lab, 0, '--drift')).trees).toMatchObject([{ drift: false }])
    await asDman(async (zk) => {
      const open = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }]
      const { stat } = (await zk.getAcl('/dman/config/db/password')) ?? { stat: { aversion: -1 } }
      await zk.setAcl('/dman/config/db/password', open, stat.aversion)
    })
    expect(await writeByKazoo(server(lab), '/dman/config/db/password', 'theirs')).toBe('written')
    expect((await statusOf(lab, 0, '--drift')).trees).toMatchObject([{ drift: true }])
    const { stdout } = await seed(guarded)
    expect(stdout).toContain('someone else changed it since it was applied')
    expect(await writeByKazoo(server(lab), '/dman/config/db/password', 'x')).toBe('NoAuthError')
    expect((await seed(guarded)).stdout).toContain('nothing to do')
  })

  test('a tree of keys from two layers, with templates, is what kazoo reads; what validate refuses is neither seeded nor rolled back to', async () => {
    const write = (name: string, text: string) => writeFile(path.join(lab.folder, name), text)
    await mkdir(path.join(lab.folder, 'common'))
    await mkdir(path.join(lab.folder, 'production'))
    await write('common/app.yml', 'db: { url: "zk://<%= connect %>", pool: 5 }\nmodes: [ro, rw]\n')
    await write('production/app.yml', 'db: { pool: <%= vars.pool %> }\n')
    const trees = (more: object = {}) =>
      lab.edit((all) => {
        const settings = { path: '/dman/settings', from: ['./common', './production'], format: 'keys', templates: true }
        all.setIn(['trees', 'settings'], all.createNode({ ...settings, vars: { pool: 20 }, ...more }))
      })
    const values = async () => {
      const all = await readByKazoo(server(lab), '/dman/settings')
      return Object.fromEntries([...all].flatMap(([at, { data }]) => (data.length > 0 ? [[at, data.toString()]] : [])))
    }
    const connect = lab.hosts.map(({ address }) => `${address}:2180`).join()
    await seed(await trees())
    const first = await values()
    expect(first).toEqual({
      '/dman/settings/app/db/url': `zk://${connect}`,
      '/dman/settings/app/db/pool': '20',
      '/dman/settings/app/modes[0]': 'ro',
      '/dman/settings/app/modes[1]': 'rw',
    })
    await write('production/app.yml', 'db: { pool: 9 }\n')
    await seed(await trees())
    const second = await values()
    expect(second).toEqual({ ...first, '/dman/settings/app/db/pool': '9' })
    const checked = await trees({ validate: ['sh', '-c', 'test "$(cat "$1"/app/db/pool)" = 9', 'check'] })
    await write('production/app.yml', 'db: { pool: 7 }\n')
    ended(await lab.run('seed', checked), 3)
    ended(await lab.run('tree', 'rollback', checked, 'settings'), 3)
    expect(await values()).toEqual(second)
  })
})
