import path from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { client, numbersAt, writer } from './backup-kit.ts'
import type { Kazoo } from './kazoo.ts'
import { audit, audited, everywhere, expectNothingToDo, killAfter, nth } from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { haveRoles, type Roles } from './lab/roles.ts'
import { expectNoneLost } from './lost.ts'
import { ended, states, statusOf } from './up-look.ts'

describe('a restore that is taken back, and one into other members than before', () => {
  const lab = withLab({ hosts: 4 })
  const at = '/numbers'
  let by: Kazoo
  const file = () => path.join(lab.folder, 'one.tar.gz')
  const none = { zk1: '', zk2: '', zk3: '', zk4: '' }
  const marks = () =>
    everywhere(lab, 'ls dman/data/held 2>/dev/null; ls -d dman/tmp/* dman/data/restore.* 2>/dev/null; :')
  const restore = (...more: string[]) => lab.run('restore', lab.inventory, ...more)
  const killed = async (call: string, count: number) => {
    const start = () => lab.start('restore', lab.inventory, file(), '--yes')
    expect((await killAfter(lab, nth(`call ${call}`, count), start)).line).toBeDefined()
  }
  const have = (roles: Roles) => haveRoles(lab, roles)
  const three = { zk1: 'participant', zk2: 'participant', zk3: 'participant' } as const
  let before: readonly number[] = []
  let after: readonly number[] = []

  beforeAll(async () => {
    by = await client()
    await have(three)
    ended(await lab.run('up', lab.inventory), 0)
  })

  test('there is a backup, and more was written since', async () => {
    const writing = writer(by, lab, at)
    await writing.more(50)
    before = [...writing.acknowledged]
    ended(await lab.run('backup', lab.inventory, '--out', file()), 0)
    await writing.more(50)
    writing.end()
    after = [...writing.acknowledged]
  })

  async function isTakenBack(left: Readonly<Record<string, unknown>> = none): Promise<void> {
    ended(await restore('--undo'), 0)
    expect(await marks()).toEqual(left)
    expect((await statusOf(lab, 0)).healthy).toBe(true)
    const have = await numbersAt(by, lab, 'zk2', at)
    expectNoneLost(
      after.filter((number) => !have.has(number)),
      'taken back',
    )
  }

  test.each([
    ['restore-mark', 2],
    ['member', 3],
  ] as const)(
    'case 40: killed after %s came back %i times, nothing was replaced, and it is taken back with all data',
    async (call, count) => {
      await killed(call, count)
      expect(ended(await lab.run('start', lab.inventory), 5).stderr).toContain('restore --undo')
      await isTakenBack()
      expect(ended(await restore('--undo'), 0).stdout).toContain('nothing to take back')
    },
  )

  test('case 40: where a mark has gone before the data is replaced it is refused, and taken back with all data', async () => {
    const { length } = await audit(lab)
    const run = lab.start('restore', lab.inventory, file(), '--yes')
    const over = new AbortController()
    void run.done.finally(() => over.abort())
    expect(await audited(lab, length, nth('call restore-mark', 3), over.signal)).toBeDefined()
    run.kill('SIGSTOP')
    // it would stay so, with the lock, where this fails
    onTestFinished(async () => {
      if (over.signal.aborted) return
      run.kill()
      await run.done
      await restore('--undo')
    })
    await everywhere(lab, 'rm dman/data/held', ['zk2'])
    run.kill('SIGCONT')
    const { stderr } = ended(await run.done, 5)
    expect(stderr).toMatch(/zk2: restore\n\s+its mark is gone/)
    // where nothing is marked nothing is let go: what was staged there is a left-over
    await isTakenBack({ ...none, zk2: expect.stringMatching(/^dman\/tmp\/restore\.[0-9a-f]{12}$/) as string })
  })

  test('case 40: once one host has the data it is not taken back', async () => {
    await killed('restore-swap', 1)
    expect(ended(await restore('--undo'), 5).stderr).toContain('replaced the data already')
    ended(await restore(), 3)
    ended(await restore(file(), '--undo'), 3)
  })

  test('case 34: a member that the inventory does not list any more is named before anything is done', async () => {
    await have({ zk1: 'participant', zk2: 'participant' })
    expect(ended(await restore(file(), '--yes'), 5).stderr).toMatch(/server\.3 \(.*\) belonged.*role: participant/s)
  })

  test('case 40: that restore is finished with one member left out and another in its place', async () => {
    await have({ ...three, zk3: 'absent', zk4: 'participant' })
    const { stdout, stderr } = ended(await restore(file(), '--yes'), 0)
    expect(stderr + stdout).toContain('write zk1, zk2 and zk4 as the members')
    const status = await statusOf(lab, 0)
    expect(states(status).filter((state) => state !== `${status.leader} leader`)).toHaveLength(3)
    expect(states(status)).toContain('zk3 down')
    for (const name of ['zk1', 'zk2', 'zk4']) {
      const have = await numbersAt(by, lab, name, at)
      expectNoneLost(
        before.filter((number) => !have.has(number)),
        name,
      )
    }
    await expectNothingToDo(lab, 'after the restore')
  })

  test('what was left out is started by nobody, and the others come back without it', async () => {
    ended(await lab.run('stop', lab.inventory), 0)
    ended(await lab.run('start', lab.inventory), 0)
    const status = await statusOf(lab, 0)
    expect([status.healthy, states(status).includes('zk3 down')]).toEqual([true, true])
  })

  test('a member that is lost for good is left out, which is asked about, and one that was left out comes in again', async (context) => {
    lab.needs(context, 'namespaces')
    ended(await lab.run('stop', lab.inventory), 0)
    await lab.off('zk2')
    await have({ zk1: 'participant', zk2: 'absent', zk3: 'participant', zk4: 'participant' })
    expect(ended(await restore(file()), 3).stderr).toMatch(/zk2 cannot be reached.*GO ON WITH THE FORMER DATA/)
    ended(await restore(file(), '--yes'), 0)
    const status = await statusOf(lab, 0)
    expect([status.healthy, states(status).filter((state) => / (leader|follower)$/.test(state))]).toEqual([
      true,
      expect.arrayContaining([expect.stringMatching(/^zk3 /)]) as string[],
    ])
    const found = await numbersAt(by, lab, 'zk3', at)
    expectNoneLost(
      before.filter((number) => !found.has(number)),
      'without zk2',
    )
    // with its former data and members it finds nobody, and nobody follows it
    await lab.on('zk2')
    ended(await lab.run('up', lab.inventory, '--yes'), 0)
    expect(states(await statusOf(lab, 0))).toContain('zk2 down')
  })
})
