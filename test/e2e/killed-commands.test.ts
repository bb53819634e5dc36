import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { everywhere, expectSamples, killCommand, watchMembers } from './killed-kit.ts'
import { expectWhole, settle, undisturbed } from './killed-moments.ts'
import { withLab } from './lab/lab.ts'
import { labArchives, take } from './releases-kit.ts'
import { rollOrder } from './roll-watch.ts'
import { ended, statusOf } from './up-look.ts'
import { write } from './znodes.ts'

// Every other command that changes hosts; for those of secrets see secrets.test.ts, for certificates tls.test.ts, for destroy killed-destroy.test.ts.

describe('an operator killed amid other commands', () => {
  const lab = withLab()
  const members = ['1 participant', '2 participant', '3 participant']
  const znodes: Record<string, string> = {}
  const killed = (kind: string, count: number, ...command: string[]) => killCommand(lab, kind, count, ...command)
  /** That command ends well; all serve, hold what was written, and nothing is left over or to do. */
  const finished = async (why: string, ...command: string[]) =>
    expectWhole(lab, await lab.run(...command), { why, inventory: lab.inventory, members, znodes })
  const written = async () => {
    const at = `/before-${performance.now()}`
    await write(lab, 'zk1', at)
    znodes[at] = 'acknowledged'
  }

  beforeAll(async () => {
    await undisturbed(lab, 'up', lab.inventory)
    await settle(lab)
  })
  // where a story failed, for the next
  beforeEach(() => undisturbed(lab, 'up', lab.inventory))

  test('case 22: stop and start: a stop once one, or a majority, is down, goes either way, and of a start all come back', async () => {
    await written()
    await killed('call member', 1, 'stop', lab.inventory)
    await finished('amid a stop', 'start', lab.inventory)
    await killed('call member', 2, 'stop', lab.inventory)
    ended(await lab.run('stop', lab.inventory), 0)
    await expectSamples(lab, ['closed', 'closed', 'closed'])
    await killed('call member', 1, 'start', lab.inventory)
    await finished('amid a start', 'up', lab.inventory)
  })

  test('case 22: backup, as it reads and while it is replayed: no file has its name, nobody is down, the next one is whole', async () => {
    const name = `one-${performance.now()}.tar.gz`
    const file = path.join(lab.folder, name)
    const backup = ['backup', lab.inventory, '--out', file]
    const watching = watchMembers(lab)
    await killed('call backup-link', 1, ...backup)
    const replayed = lab.start(...backup)
    await replayed.until(/waits for its replay/)
    replayed.kill()
    expect(await replayed.done).toMatchObject({ signal: 'SIGKILL' })
    const beside = async () =>
      (await readdir(lab.folder)).filter((one) => one.includes(name) || one.startsWith('.backup'))
    expect(await beside()).toEqual([expect.stringMatching(/^\.backup/)])
    await finished('amid a backup', ...backup)
    expect(await beside()).toEqual([name])
    expect(await watching.end()).toBe(0)
    ended(await lab.run('restore', lab.inventory, file, '--dry-run'), 0)
  })

  test.each(['up', 'repair'])(
    'case 22: repair, once its member is started again: %s finishes, and nobody else is down',
    async (next) => {
      await written()
      const [host = ''] = await rollOrder(lab)
      const watching = watchMembers(lab)
      const repair = ['repair', lab.inventory, host, '--yes']
      await killed('call member', 1, ...repair)
      await finished('amid a repair', ...(next === 'up' ? ['up', lab.inventory] : repair))
      expect(await watching.end()).toBe(1)
      await everywhere(lab, 'rm -rf dman/data/aside.*')
    },
  )

  test('case 22: another version, before, amid and after the first switch, and back: one member down at most, and all get it', async (context) => {
    const [newer, older] = (await labArchives()).zookeeper
    if (newer === undefined || older === undefined)
      return context.skip('one version only: Maven Central cannot be reached')
    await take(lab, { zookeeper: newer.file })
    await undisturbed(lab, 'up', lab.inventory)
    const watching = watchMembers(lab)
    for (const [{ file, version }, ...moments] of [
      [older, ['call unpack', 1], ['call member', 1]],
      [newer, ['begun ensemble/*', 2]],
    ] as const) {
      await written()
      await take(lab, { zookeeper: file })
      for (const [kind, count] of moments) await killed(kind, count, 'up', lab.inventory)
      await finished(`amid the way to ${version}`, 'up', lab.inventory)
      const versions = (await statusOf(lab, 0)).members.map((member) => member.version)
      expect(versions).toEqual([version, version, version])
    }
    expect(await watching.end()).toBe(1)
  })

  test('case 22: a machine in the place of one that died, amid its uploads and after its start: nobody else is down, and it joins', async () => {
    await written()
    ended(await lab.exec('zk3', 'dman/bin/stop && rm -rf dman'), 0)
    const watching = watchMembers(lab, ['zk1', 'zk2'])
    for (const kind of ['call send', 'call unpack', 'call member']) await killed(kind, 1, 'up', lab.inventory)
    await finished('amid a replacement', 'up', lab.inventory)
    expect(await watching.end()).toBe(0)
  })
})
