import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBy, kazoo } from './kazoo.ts'
import { withLab } from './lab/lab.ts'
import { ended, server, states, statusOf } from './up-look.ts'
import { writer } from './writer.ts'

describe('a host that died, and another machine in its place', () => {
  const lab = withLab({ hosts: 4 })
  const at = (name: string) => lab.hosts.find((host) => host.name === name)?.address ?? ''
  const place = (address: string) =>
    lab.edit(
      (inventory) => {
        inventory.deleteIn(['hosts', 'zk4'])
        inventory.setIn(['hosts', 'zk3', 'address'], address)
      },
      { name: 'inventory.yml' },
    )
  /** the machine that is zk3 */
  let third = 'zk3'
  const pids = () =>
    Promise.all(
      ['zk1', 'zk2'].map(async (host) => (await lab.exec(host, 'sed -n "s/^pid: //p" dman/run/server')).stdout),
    )
  /** how often its server looked for a leader, by its log */
  const elections = async () => Number((await lab.exec('zk3', 'grep -c LOOKING dman/log/zookeeper.log')).stdout)

  beforeAll(async () => {
    if (lab.kind !== 'namespaces') return
    await place(at('zk3'))
    ended(await lab.run('up', lab.inventory), 0)
  })
  beforeEach((context) => lab.needs(context, 'namespaces'))

  test('comes back from the others, which go on; the old machine that returns does no harm', async (context) => {
    const reader = await kazoo('3', '2.11.0')
    if ('why' in reader) return context.skip(reader.why)
    const writing = await writer(lab, reader, 'replacement')
    const before = await pids()
    const looked = await elections()
    expect(looked).toBeGreaterThan(0)
    await lab.off('zk3')
    await place(at('zk4'))
    third = 'zk4'
    const up = ended(await lab.run('up', lab.inventory), 0)
    expect(up.stderr).toMatch(/reconfig zk3 .*\n +\d\. join zk3 /)
    expect((await lab.exec('zk4', 'cat dman/data/stamp; ls dman/data')).stdout).toMatch(/host: zk3\nid: 3\n/)
    expect((await lab.exec('zk4', 'ls dman/data')).stdout).not.toContain('initialize')
    expect(await pids()).toEqual(before)
    expect((await statusOf(lab, 0)).members.map(({ address }) => address)).toContain(at('zk4'))

    // the old one has its data, its stamp and the address that it believes to be zk3's
    await lab.on('zk3')
    ended(await lab.exec('zk3', 'dman/bin/start'), 0)
    const [wrote] = await Promise.all([
      createBy(reader, server(lab, 'zk3'), 'any', '/by-the-old-one', '', 8).then(
        () => 'written',
        (failed: unknown) => String(failed),
      ),
      sleep(8000),
    ])
    // it was there all the time: where its server ends, its supervisor starts it again
    ended(await lab.exec('zk3', 'kill -0 "$(sed -n "s/^pid: //p" dman/run/supervisor)"'), 0)
    expect(await elections()).toBeGreaterThan(looked)
    expect(wrote).toMatch(/KazooTimeoutError/)
    await createBy(reader, server(lab, 'zk4'), 'any', '/by-the-new-one', '')
    const status = await statusOf(lab, 0)
    expect(states(status).filter((state) => state.endsWith('follower'))).toHaveLength(2)
    expect(await pids()).toEqual(before)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')

    await writing.end()
  })

  test('at its former address too, with an empty home', async () => {
    const before = await pids()
    expect(await lab.exec(third, 'dman/bin/stop && rm -rf dman')).toMatchObject({ code: 0 })
    const up = ended(await lab.run('up', lab.inventory), 0)
    expect(up.stderr).toMatch(/\d\. join zk3 /)
    expect(await pids()).toEqual(before)
    expect((await statusOf(lab, 0)).healthy).toBe(true)
  })
})
