import { describe, expect, test } from 'vitest'
import {
  destroyAll,
  everywhere,
  expectDone,
  expectSamples,
  foundingOf,
  killAfter,
  killCommand,
  kindOf,
} from './killed-kit.ts'
import { withLab } from './lab/lab.ts'
import { expectKept, write } from './znodes.ts'

/** What dying hosts, scripts and runs may leave behind, all of it at once. */
const wreck = `cd dman && mkdir -p tmp/work.7/deep run/turn/999999.1 run/new.999999/turn/999999.1 run/old.999999 &&
  : >tmp/work.7/deep/file && chmod 500 tmp/work.7/deep && : >tmp/java-000000000000.abc && : >run/changing.unpack.999999.1.abc &&
  : >run/server.new && : >run/served.new && : >data/stamp.new && : >data/zoo.cfg.new && : >data/myid.new && : >bin/.start`

describe('what dying left half-way', () => {
  const lab = withLab()

  test('case 22: is swept by up, and no obstacle to destroy', async () => {
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
    await everywhere(lab, wreck)
    // a stop and a start, for these have to take their turn
    const inventory = await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '257m'))
    await expectDone(lab, await lab.run('up', inventory), 'over what was left', inventory)
    await everywhere(lab, wreck)
    await destroyAll(lab, 'over what was left')
  })

  test('case 22: a destroy killed amid its work: up finds the data again', async () => {
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
    await write(lab, 'zk1', '/written')
    for (const kind of ['call member', 'call remove']) {
      await killCommand(lab, kind, 1, 'destroy', '--yes', lab.inventory)
      await expectDone(lab, await lab.run('up', lab.inventory), `after its first ${kind}`)
      await expectKept(lab, 'zk2', '/written', `after its first ${kind}`)
    }
    await killCommand(lab, 'call remove', 1, 'destroy', '--data', '--yes', lab.inventory)
    await destroyAll(lab, 'after its first call remove')
  })

  test('a destroy of one host leaves the others alone, and up brings it back', async () => {
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
    const destroyed = await lab.run('destroy', '--yes', '--hosts', 'zk1', lab.inventory)
    expect({ code: destroyed.code, stdout: destroyed.stdout }).toEqual({ code: 0, stdout: 'zk1: removed, data kept\n' })
    expect(await everywhere(lab, 'ls dman')).toMatchObject({ zk1: 'data' })
    // if zk1 led, the others elect anew
    await expectSamples(lab, ['closed', 'serves', 'serves'], { within: 10_000 })
    await expectDone(lab, await lab.run('up', lab.inventory), 'zk1 was removed')
  })

  test('a destroy that loses a host before it has its lock says so, and keeps the record of the founding', async (context) => {
    lab.needs(context, 'namespaces')
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
    const inventory = await lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], '257m'))
    await killAfter(
      lab,
      (line) => kindOf(line) === 'ended lock',
      () => lab.start('up', inventory),
    )
    await everywhere(lab, `sed -i 's/^machine: .*/machine: elsewhere/' dman/run/lock/*/holder`)
    const destroying = lab.start('destroy', '--data', '--yes', '--lock-wait', '30', lab.inventory)
    await destroying.until(/waits.*held by/)
    await lab.off('zk3')
    for (const host of ['zk1', 'zk2']) await lab.exec(host, 'rm -r dman/run/lock')
    const destroyed = await destroying.done
    await lab.on('zk3')
    expect({ code: destroyed.code, stderr: destroyed.stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('zk3') as string,
    })
    expect(destroyed.stdout).not.toMatch(/zk3: removed/)
    expect(await everywhere(lab, 'ls -d dman 2>/dev/null || :')).toEqual({ zk1: '', zk2: '', zk3: 'dman' })
    expect(await foundingOf(lab)).toMatchObject({ state: 'done' })
    await destroyAll(lab, 'once it is back')
  })
})
