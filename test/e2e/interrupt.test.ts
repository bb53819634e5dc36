import { beforeAll, describe, expect, test } from 'vitest'
import {
  audit,
  audited,
  type AuditLine,
  everywhere,
  expectDone,
  expectNothingToDo,
  expectSamples,
  killAfter,
  kindOf,
  samples,
  watchMembers,
} from './killed-kit.ts'
import { type TestLab, withLab } from './lab/lab.ts'

const confs = (lab: TestLab) => everywhere(lab, 'grep ^conf dman/run/server')
const locks = (lab: TestLab) => everywhere(lab, 'ls dman/run/lock 2>/dev/null || :')
const unlocked = { zk1: '', zk2: '', zk3: '' }
const isRestarting = ({ is, title = '' }: AuditLine) => is === 'begun' && title.includes('is restarted')
const soon = 3_000

describe('Ctrl-C on bare hosts', () => {
  const lab = withLab()

  test('case 23: before anything was changed ends soon, and leaves nothing', async (context) => {
    lab.needs(context, 'namespaces')
    await lab.cut('zk3')
    try {
      const run = lab.start('up', lab.inventory)
      await run.until(/waits/)
      const at = performance.now()
      run.kill('SIGINT')
      const { code, stderr } = await run.done
      expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining('interrupted') as string })
      expect(performance.now() - at).toBeLessThan(soon)
    } finally {
      await lab.heal('zk3')
    }
    expect(await everywhere(lab, 'ls -d dman 2>/dev/null || :')).toEqual(unlocked)
    expect(await audit(lab)).toEqual([])
  })

  test('case 23: between two hosts finishes the one, begins no other, and says which are left', async () => {
    const { outcome } = await killAfter(
      lab,
      (line) => kindOf(line) === 'call send',
      () => lab.start('up', '--concurrency', '1', lab.inventory),
      'SIGINT',
    )
    expect(outcome.code, outcome.stderr).toBe(130)
    expect(outcome.stderr).toMatch(/left to do: zk2, zk3/)
    expect(await everywhere(lab, 'ls dman/releases 2>/dev/null | wc -l')).toEqual({ zk1: '3', zk2: '0', zk3: '0' })
    expect(await locks(lab)).toEqual(unlocked)
    expect((await audit(lab)).at(-1)).toMatchObject({ is: 'exit', exit: 130 })
    await expectDone(lab, await lab.run('up', lab.inventory), 'the next run')
  })
})

describe('Ctrl-C amid a roll', () => {
  const lab = withLab()
  let heap = 256
  const changed = () =>
    lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], `${++heap}m`), { name: 'changed.yml' })
  beforeAll(async () => {
    await expectDone(lab, await lab.run('up', lab.inventory), 'a first up')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'case 23: %s finishes the step under way and says what is left',
    async (signal) => {
      const before = await confs(lab)
      const inventory = await changed()
      const watching = watchMembers(lab)
      const { line, outcome } = await killAfter(lab, isRestarting, () => lab.start('up', inventory), signal)
      expect(outcome.code, outcome.stderr).toBe(130)
      expect(await samples(lab)).not.toContain('closed')
      await expectSamples(lab, ['serves', 'serves', 'serves'], { within: 10_000 })
      const after = await confs(lab)
      const others = lab.hosts.map(({ name }) => name).filter((name) => name !== line?.host)
      expect(lab.hosts.map(({ name }) => name).filter((name) => after[name] !== before[name])).toEqual([line?.host])
      for (const host of others) expect(outcome.stderr).toMatch(new RegExp(`left to do:.*restart ${host}`))
      expect(outcome.stdout).toMatch(/3 of 3 members serve/)
      expect(await locks(lab)).toEqual(unlocked)
      const up = await lab.run('up', inventory)
      expect(await watching.end()).toBe(1)
      await expectDone(lab, up, 'the next run', inventory)
    },
  )

  test('case 23: twice ends at once; the next run finishes', async () => {
    const inventory = await changed()
    const watching = watchMembers(lab)
    const { length } = await audit(lab)
    const run = lab.start('up', inventory)
    await audited(lab, length, isRestarting, AbortSignal.timeout(20_000))
    run.kill('SIGINT')
    await run.until(/once more ends at once/)
    const at = performance.now()
    run.kill('SIGINT')
    expect(await run.done).toMatchObject({ code: 130 })
    expect(performance.now() - at).toBeLessThan(1_000)
    const up = await lab.run('up', inventory)
    expect(await watching.end()).toBe(1)
    await expectDone(lab, up, 'the next run', inventory)
  })

  test('case 23: while it waits for the lock ends soon, and leaves the lock to its holder', async () => {
    const inventory = await changed()
    const holder = lab.start('up', inventory)
    await audited(lab, (await audit(lab)).length, (line) => kindOf(line) === 'ended lock', AbortSignal.timeout(20_000))
    try {
      const waiting = lab.start('up', '--lock-wait', '60', inventory)
      await waiting.until(/waits.*held by/)
      const at = performance.now()
      waiting.kill('SIGINT')
      expect(await waiting.done).toMatchObject({ code: 130 })
      expect(performance.now() - at).toBeLessThan(soon)
    } finally {
      await expectDone(lab, await holder.done, 'its holder', inventory)
    }
  })

  test('case 22: nobody reading its output any more stops no run half-way', async () => {
    const inventory = await changed()
    const run = lab.start('up', inventory)
    await run.until(/lock/)
    for (const stream of [run.child.stdout, run.child.stderr]) stream?.destroy()
    expect(await run.done).toMatchObject({ code: 0 })
    expect(await locks(lab)).toEqual(unlocked)
    await expectNothingToDo(lab, 'without a reader', inventory)
  })

  test('case 23: a terminal that hangs up is a Ctrl-C that nobody reads of', async () => {
    const inventory = await changed()
    const run = lab.start('up', inventory)
    await audited(lab, (await audit(lab)).length, isRestarting, AbortSignal.timeout(20_000))
    for (const stream of [run.child.stdout, run.child.stderr]) stream?.destroy()
    run.kill('SIGHUP')
    expect(await run.done).toMatchObject({ code: 130 })
    expect(await samples(lab)).not.toContain('closed')
    await expectSamples(lab, ['serves', 'serves', 'serves'], { within: 10_000 })
    expect(await locks(lab)).toEqual(unlocked)
    await expectDone(lab, await lab.run('up', inventory), 'the next run', inventory)
  })
})
