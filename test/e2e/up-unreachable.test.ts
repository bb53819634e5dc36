import { stat } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { ended, homes, states, type Status, statusOf } from './up-look.ts'

describe('case 1: a host that cannot be reached', () => {
  const lab = withLab()
  const only = (...names: string[]) => ({ ...lab, hosts: lab.hosts.filter(({ name }) => names.includes(name)) })
  const address = () => lab.hosts[2]?.address ?? ''
  const set = (at: string[], value: unknown) =>
    lab.edit((inventory) => inventory.setIn(at, value), { name: 'inventory.yml' })

  beforeEach((context) => lab.needs(context, 'namespaces'))

  test('before anything was founded: exit 4, host and address are named, nothing is done on the others', async () => {
    await lab.off('zk3')
    const before = await homes(only('zk1', 'zk2'), '~')
    const up = ended(await lab.run('up', lab.inventory), 4)
    expect(up.stderr).toMatch(new RegExp(`zk3: connect to ${address()}:22\\n.*\\n +→ `))
    expect(up.stdout).toMatch(/no quorum, 0 of 3 members serve/)
    expect(await homes(only('zk1', 'zk2'), '~')).toEqual(before)
    await expect(stat(path.join(lab.folder, '.dman'))).rejects.toThrow('ENOENT')
    const check = ended(await lab.run('check', lab.inventory), 4)
    expect(check.stdout).toMatch(/✗ +zk3 +login/)
    await lab.on('zk3')
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('of a running ensemble: status says so, exit 1, and that there is a quorum', async () => {
    await lab.off('zk3')
    // if it led, the others elect anew
    await expect.poll(() => statusOf(lab, 1), { timeout: 20_000 }).toMatchObject({ quorum: true, healthy: false })
    const status = await statusOf(lab, 1)
    expect(states(status)[2]).toBe('zk3 unreachable')
    expect(status.members[2]?.problems.join()).toContain(address())
    expect(status.trees).toMatchObject([{ generation: 1 }])
    const shown = ended(await lab.run('status', lab.inventory), 1).stdout
    expect(shown).toMatch(/quorum, but not healthy, 2 of 3 members serve/)
    expect(shown).toMatch(/zk3 .*\? unreachable/)
  })

  test('up with a changed setting: exit 4, and nothing is changed on the others', async () => {
    await set(['zookeeper', 'heap'], '200m')
    const rest = only('zk1', 'zk2')
    const before = await homes(rest)
    const plan = ended(await lab.run('plan', lab.inventory, '--json'), 4).json()
    expect(plan).toMatchObject({ changes: [], steps: [], restarts: [] })
    const up = ended(await lab.run('up', lab.inventory), 4)
    expect(up.stdout).toMatch(/2 of 3 members serve/)
    expect(await homes(rest)).toEqual(before)
  })

  test('up where a member does not serve: that is started as it is, exit 4', async () => {
    expect(await lab.exec('zk1', 'dman/bin/stop')).toMatchObject({ code: 0 })
    await expect.poll(() => statusOf(lab, 1), { timeout: 20_000 }).toMatchObject({ quorum: false })
    const up = ended(await lab.run('up', lab.inventory), 4)
    expect(up.stdout).toMatch(/quorum, but not healthy, 2 of 3 members serve/)
    const status = await statusOf(lab, 1)
    expect(status).toMatchObject({ quorum: true })
    expect((await lab.exec('zk1', 'cat dman/current/jvm')).stdout).toContain('-Xmx256m')
  })

  test('once it is back, up starts it and goes on with what was left', async () => {
    await lab.on('zk3')
    ended(await lab.run('up', lab.inventory), 0)
    expect(await statusOf(lab, 0)).toMatchObject({ healthy: true })
    for (const { name } of lab.hosts)
      expect((await lab.exec(name, 'cat dman/current/jvm')).stdout).toContain('-Xmx200m')
  })

  test('a cable that is pulled: the time-out is the step’s, and who watches sees the host go and come again', async () => {
    const watch = lab.start('status', lab.inventory, '--watch', '--timeout', '3')
    await watch.until(/: healthy/)
    await lab.cut('zk2')
    const cut = await lab.run('status', lab.inventory, '--json', '--timeout', '3')
    expect(cut.ms).toBeLessThan(8000)
    expect(states(ended(cut, 1).json() as Status)[1]).toBe('zk2 unreachable')
    await watch.until(/zk2 .*\? unreachable/)
    await lab.heal('zk2')
    await watch.until(/\? unreachable[^]*: healthy/)
    watch.kill('SIGINT')
    expect((await watch.done).code).toBe(0)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })
})
