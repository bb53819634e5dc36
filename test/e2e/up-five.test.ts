import { beforeAll, describe, expect, test } from 'vitest'
import { watchMembers } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { ended, listening, onAll, states, statusOf } from './up-look.ts'

describe('four participants and an observer', () => {
  const lab = withLab({ hosts: 5 })
  const voters = ['zk1', 'zk2', 'zk4', 'zk5']

  beforeAll(async () => {
    await lab.edit((inventory) => inventory.setIn(['hosts', 'zk3', 'role'], 'observer'), { name: 'inventory.yml' })
  })

  test('come up from nothing, the observer without a vote', async () => {
    ended(await lab.run('up', lab.inventory), 0)
    const status = await statusOf(lab, 0)
    const { leader } = status
    expect(voters).toContain(leader)
    expect(states(status)).toEqual(
      ['zk1', 'zk2', 'zk3', 'zk4', 'zk5'].map(
        (name) => `${name} ${name === 'zk3' ? 'observer' : name === leader ? 'leader' : 'follower'}`,
      ),
    )
    expect(status.members.map(({ role }) => role)).toEqual([
      'participant',
      'participant',
      'observer',
      'participant',
      'participant',
    ])
    for (const text of await onAll(lab, 'cat dman/data/zoo.cfg.dynamic.*'))
      expect(text.match(/:observer;/g)).toHaveLength(1)
    expect(await listening(lab, 'zk3')).toContain(`${lab.hosts[2]?.address ?? ''}:2180`)
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
  })

  test('are restarted one by one: the observer first, then followers, the leader last', async () => {
    const { leader } = await statusOf(lab, 0)
    await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '200m'), { name: 'inventory.yml' })
    const watching = watchMembers(lab)
    ended(await lab.run('up', lab.inventory), 0)
    expect(await watching.end()).toBe(1)
    expect(watching.down).toEqual(['zk3', ...voters.filter((name) => name !== leader), leader])
    expect((await statusOf(lab, 0)).healthy).toBe(true)
  })

  test('lose one participant and the observer: quorum holds, the status says who is missing; up starts them', async () => {
    await Promise.all(['zk3', 'zk4'].map((name) => lab.exec(name, 'dman/bin/stop')))
    // if zk4 led, the others elect anew
    await expect.poll(() => statusOf(lab, 1), { timeout: 20_000 }).toMatchObject({ quorum: true, healthy: false })
    const status = await statusOf(lab, 1)
    expect(states(status).filter((state) => state.endsWith('down'))).toEqual(['zk3 down', 'zk4 down'])
    const begun = ended(await lab.run('up', lab.inventory, '--json'), 0)
      .events()
      .filter(({ task, is }) => is === 'begun' && String(task).startsWith('ensemble/'))
    expect(begun.map(({ host }) => host).sort()).toEqual(['zk3', 'zk4'])
    expect(await statusOf(lab, 0)).toMatchObject({ quorum: true, healthy: true })
  })
})
