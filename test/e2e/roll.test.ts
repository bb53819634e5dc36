import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createBy, kazoo, readBy } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { planOf, rolled } from './roll-watch.ts'
import { expectUnseen, secretsOf } from './secret-search.ts'
import { ended, homes, onAll, server, servers, states, statusOf } from './up-look.ts'

describe('what is changed on a running ensemble of three', () => {
  const lab = withLab()
  /** changes the inventory in place */
  const set = (...changes: [string[], unknown][]) =>
    lab.edit((inventory) => changes.forEach(([at, value]) => inventory.setIn(at, value)), { name: 'inventory.yml' })
  const plan = (code: number) => planOf(lab, code)
  const generation = async () => (await statusOf(lab, 0)).trees[0]?.generation ?? 0
  beforeAll(async () => {
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('settings: diffs without secrets, a reason for each restart, one member at a time, the leader last', async () => {
    await set([['zookeeper', 'heap'], '200m'], [['zookeeper', 'config'], { tickTime: 1500 }])
    const { changes, steps, restarts } = await plan(2)
    const reason = 'changed: jvm; tickTime in zoo.cfg'
    expect(changes).toEqual(
      ['zk1', 'zk2', 'zk3'].map((host) => ({
        kind: 'write-conf',
        host,
        path: expect.stringMatching(/^releases\/conf-[0-9a-f]{12}$/) as string,
        summary: expect.stringMatching(/^write conf-[0-9a-f]{12}$/) as string,
        reason,
        diff: expect.stringMatching(/^--- current\/jvm\n\+\+\+ new\/jvm\n@@ .* @@\n--Xmx256m\n\+-Xmx200m\n/) as string,
      })),
    )
    expect(changes[0]?.diff).toMatch(/^-tickTime=2000\n\+tickTime=1500$/m)
    expect([...steps, ...restarts].map((each) => each.reason)).toEqual(Array.from({ length: 6 }, () => reason))
    const shown = ended(await lab.run('plan', lab.inventory), 0).stdout
    expect(shown).toContain('superDigest=‹secret›')
    expectUnseen(await secretsOf(lab), { plan: shown })

    await rolled(lab)
    expect(await onAll(lab, 'grep -h -e tickTime -e Xmx dman/data/zoo.cfg dman/current/jvm')).toEqual(
      Array.from({ length: 3 }, () => 'tickTime=1500\n-Xmx200m\n'),
    )
  })

  test('--hosts: only that member is restarted, the others stay as they run', async () => {
    await set([['zookeeper', 'config', 'tickTime'], 1600])
    const before = await servers(lab)
    ended(await lab.run('up', lab.inventory, '--hosts', 'zk2'), 0)
    const after = await servers(lab)
    expect(after.map((text, index) => text === before[index])).toEqual([true, false, true])
    expect((await plan(2)).restarts.map(({ host }) => host).sort()).toEqual(['zk1', 'zk3'])
    await set([['zookeeper', 'config', 'tickTime'], 1500])
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('a tree: only the changed znode moves, what was removed is pruned, what is not ours stays', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const config = path.join(lab.folder, 'config')
    const look = () => readBy(reader, server(lab), '/dman/config')
    const before = await look()
    const hosts = [await homes(lab, '~/dman/releases'), await servers(lab)]
    await writeFile(path.join(config, 'database/pool'), '11')
    await rm(path.join(config, 'greeting'))
    await writeFile(path.join(config, 'features/fresh'), 'new')
    const dman = (await secretsOf(lab))['password of dman']
    await createBy(reader, server(lab), dman ?? '', '/dman/config/foreign', 'theirs')

    const changes = (await plan(2)).changes.map(({ kind, path: at }) => `${kind} ${at ?? ''}`)
    expect(changes.sort()).toEqual([
      'create /dman/config/features/fresh',
      'delete /dman/config/greeting',
      'set /dman/config/database/pool',
    ])
    const up = ended(await lab.run('up', lab.inventory), 0)
    expect(up.stdout).toMatch(/generation 2 /)
    const after = await look()
    expect(after.get('/dman/config/database/pool')).toMatchObject({ data: Buffer.from('11'), version: 1 })
    expect(after.get('/dman/config/foreign')?.data.toString()).toBe('theirs')
    const gone = [...before.keys()].filter((at) => !after.has(at))
    expect(gone).toEqual(['/dman/config/greeting'])
    const moved = [...after].filter(([at, { mzxid }]) => before.get(at)?.mzxid !== mzxid).map(([at]) => at)
    expect(moved.sort()).toEqual(['/dman/config/database/pool', '/dman/config/features/fresh', '/dman/config/foreign'])
    expect(await plan(0)).toMatchObject({ changes: [] })
    expect([await homes(lab, '~/dman/releases'), await servers(lab)]).toEqual(hosts)
  })

  test('a tree by seed alone, with no lock and no step of a member', async () => {
    const was = await generation()
    await writeFile(path.join(lab.folder, 'config/database/pool'), '12')
    const before = await servers(lab)
    expect(ended(await lab.run('seed', lab.inventory, '--dry-run'), 0).stdout).toMatch(/1 change to be made/)
    expect(await generation()).toBe(was)
    const events = ended(await lab.run('seed', lab.inventory, '--json', '-m', 'more pool'), 0).events()
    expect(events.filter(({ task }) => /^(lock|hosts|ensemble)/.test(String(task)))).toEqual([])
    const status = await statusOf(lab, 0, '--drift')
    expect(status.trees).toMatchObject([{ generation: was + 1, drift: false }])
    expect(states(status)).toHaveLength(3)
    expect(await servers(lab)).toEqual(before)
  })

  test('a tree that would lose more than half of its znodes: plan, up and seed refuse, unless it is allowed', async () => {
    const was = await generation()
    const config = path.join(lab.folder, 'config')
    for (const name of ['database', 'features']) await rm(path.join(config, name), { recursive: true })
    for (const [command = '', ...more] of [['plan'], ['up'], ['up', '--dry-run'], ['seed']]) {
      const refused = ended(await lab.run(command, lab.inventory, ...more), 5)
      expect(refused.stderr).toMatch(/plan tree app\n +[56] of 8 znodes would be deleted\n.*--allow-shrink/)
    }
    expect(await generation()).toBe(was)
    const allowed = ended(await lab.run('up', lab.inventory, '--allow-shrink'), 0)
    expect(allowed.stdout).toContain(`generation ${was + 1} `)
  })
})
