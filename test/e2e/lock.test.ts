import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { broken, shellOf } from './faults-kit.ts'
import {
  audit,
  audited,
  type AuditLine,
  everywhere,
  expectDone,
  expectNothingToDo,
  killAfter,
  kindOf,
  watchMembers,
} from './killed-kit.ts'
import { type TestLab, withLab } from './lab/lab.ts'
import { repository, startCommand } from './lab/run.ts'
import { listenAt } from './listener.ts'

const heldBy = /held by \S+@\S+ \(pid \d+\) since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/

/** Servers by host, each named by its nonce. */
const servers = (lab: TestLab) => everywhere(lab, 'grep ^nonce dman/run/server')
const locks = (lab: TestLab) => everywhere(lab, 'ls dman/run/lock 2>/dev/null || :')
const unlocked = { zk1: '', zk2: '', zk3: '' }

/** An inventory with another setting than any before, so that all members are to be restarted. */
let heap = 256
const changed = (lab: TestLab) =>
  lab.edit((inventory) => inventory.setIn(['zookeeper', 'heap'], `${++heap}m`), { name: `heap-${heap}.yml` })

/** An inventory with a port that another process has: that may be so for the moment only, so it is judged once no other run is at work. */
async function taken(lab: TestLab): Promise<string> {
  const pid = (await lab.exec('zk1', listenAt(lab.hosts[0]?.address ?? '', 7077))).stdout.trim()
  expect(pid).toMatch(/^\d+$/)
  onTestFinished(() => lab.exec('zk1', `kill ${pid}`).then(() => undefined))
  return lab.edit((inventory) => inventory.setIn(['ports', 'metrics'], 7077), { name: 'taken.yml' })
}

const isLocked = (line: AuditLine) => kindOf(line) === 'ended lock'
const isRestarting = ({ is, title = '' }: AuditLine) => is === 'begun' && title.includes('is restarted')

describe('the lock', () => {
  const lab = withLab()

  test('case 24: of two first ups one does all, the other waits and does nothing; a third is told who holds it since when', async () => {
    const unfit = await taken(lab)
    const both = [1, 2].map(() => lab.start('up', '--lock-wait', '60', lab.inventory))
    expect(await audited(lab, 0, isLocked, AbortSignal.timeout(20_000))).toBeDefined()
    const last = lab.start('up', '--lock-wait', '60', unfit)
    const third = await lab.run('up', lab.inventory)
    expect({ code: third.code, stderr: third.stderr }).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(heldBy) as string,
    })
    expect(third.stderr).toContain('--lock-wait')
    const later = await last.done
    expect({ code: later.code, stderr: later.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/waits.*held by[^]*metrics port \d+ is taken/) as string,
    })
    const outcomes = await Promise.all(both.map(({ done }) => done))
    expect(outcomes.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', ''])
    const calls = (await audit(lab)).filter(({ is }) => is === 'call')
    expect(calls.filter(({ script }) => script === 'send')).toHaveLength(6)
    expect(new Set(calls.map(({ run }) => run)).size).toBe(1)
    await expectNothingToDo(lab, 'after both')
    expect(await locks(lab)).toEqual(unlocked)
  })

  test('case 25: a dead lock of another machine is kept to for 15 s, then taken over', async () => {
    const inventory = await changed(lab)
    const { line } = await killAfter(lab, isLocked, () => lab.start('up', inventory))
    const died = Date.now()
    const { length } = await audit(lab)
    await everywhere(lab, `sed -i 's/^machine: .*/machine: elsewhere/' dman/run/lock/*/holder`)
    const before = await servers(lab)
    const refused = await lab.run('up', inventory)
    expect({ code: refused.code, stderr: refused.stderr }).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(heldBy) as string,
    })
    expect(await servers(lab)).toEqual(before)
    const waited = await lab.run('up', '--lock-wait', '40', inventory)
    await expectDone(lab, waited, 'after the other machine', inventory)
    expect(waited.stderr).toMatch(/waits.*held by/)
    const taken = Date.parse(
      (await audit(lab, length)).find(({ is, task, outcome }) => `${is} ${task} ${outcome}` === 'ended lock done')
        ?.at ?? '',
    )
    // Its last heartbeat was up to 4 s old, if it ever came; who waits looks every 1.5 s, and that takes its time.
    expect(taken - Date.parse(line?.at ?? '')).toBeGreaterThan(11_000)
    expect(taken - died).toBeLessThan(15_000 + 10_000)
  })

  test('unlock shows who holds it, asks before it takes a live one away, and takes it with --yes', async () => {
    expect((await lab.run('unlock', lab.inventory)).stdout).toContain('no host is locked')
    const unfit = await taken(lab)
    expect((await lab.run('plan', unfit)).stderr).toContain('metrics port 7077 is taken')
    const inventory = await changed(lab)
    const run = lab.start('up', inventory)
    const restarting = await audited(lab, (await audit(lab)).length, isRestarting, AbortSignal.timeout(20_000))
    // else it may be through before it is asked about
    run.kill('SIGSTOP')
    onTestFinished(() => run.kill())
    expect(await lab.run('up', unfit)).toMatchObject({ code: 6 })
    const shown = await lab.run('unlock', '--dry-run', inventory)
    expect(shown.stdout).toMatch(heldBy)
    expect(shown.stdout).toMatch(/live/)
    expect((await lab.run('unlock', inventory)).code).toBe(3)
    const broken = await lab.run('unlock', '--yes', inventory)
    expect({ code: broken.code, stdout: broken.stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('zk3: removed') as string,
    })
    const watching = watchMembers(lab)
    run.kill('SIGCONT')
    const stopped = await run.done
    expect(stopped.code, stopped.stderr).toBe(6)
    // A restart that was under way when the lock went is finished; no other follows it.
    const lines = await audit(lab)
    const after = lines.slice(lines.findLastIndex(({ script }) => script === 'lock-break') + 1)
    const restarted = after.filter(
      ({ run, script, outcome }) => run === restarting?.run && script === 'member' && outcome === 'done',
    )
    expect(after.length).toBeLessThan(lines.length)
    expect(restarted.length).toBeLessThanOrEqual(1)
    const up = await lab.run('up', inventory)
    expect(await watching.end()).toBe(1)
    await expectDone(lab, up, 'after unlock', inventory)
  })

  test('case 41: one that sleeps with the lock loses it after 15 s, and takes nothing down when it wakes', async (context) => {
    lab.needs(context, 'namespaces')
    const [asleep, awake] = [await changed(lab), await changed(lab)]
    const sleeper = lab.start('up', asleep)
    const restarting = await audited(lab, (await audit(lab)).length, isRestarting, AbortSignal.timeout(20_000))
    sleeper.kill('SIGSTOP')
    try {
      // In a process space of its own it does not see the sleeper: it is another machine, that only has the heartbeat to go by.
      const elsewhere = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
      const program = [process.execPath, `${repository}/dist/dman-bootstrap.js`]
      const other = startCommand([...elsewhere, ...program, 'up', '--lock-wait', '60', awake])
      await expectDone(lab, await other.done, 'while the other sleeps', awake)
      const before = await servers(lab)
      const watching = watchMembers(lab)
      sleeper.kill('SIGCONT')
      const woken = await sleeper.done
      expect({ code: woken.code, stderr: woken.stderr }).toMatchObject({ code: 6 })
      expect(await watching.end()).toBe(0)
      expect(await servers(lab)).toEqual(before)
      expect(await locks(lab)).toEqual(unlocked)
      const done = (await audit(lab)).filter(({ run, is }) => run === restarting?.run && is === 'call')
      expect(done.filter(({ script, outcome }) => script === 'member' && outcome === 'done').length).toBeLessThan(2)
    } finally {
      sleeper.kill('SIGKILL')
    }
  })

  test('case 42: a lock that a later version wrote is neither judged nor taken over', async () => {
    const inventory = await changed(lab)
    await killAfter(lab, isLocked, () => lab.start('up', inventory))
    const later = await broken(
      shellOf(lab),
      'zk2',
      `sed -i 's/^format: .*/format: 2/' dman/run/lock/*/holder`,
      'rm -r dman/run/lock',
    )
    const [held, before] = [await lab.exec('zk2', 'cat dman/run/lock/*/holder'), await servers(lab)]
    for (const command of [['up'], ['unlock', '--yes']]) {
      const refused = await lab.run(...command, inventory)
      expect(refused.code, command.join(' ')).toBe(5)
      expect(refused.stderr).toMatch(/zk2/)
      expect(refused.stderr).toMatch(/later version/)
      expect(await lab.exec('zk2', 'cat dman/run/lock/*/holder')).toMatchObject({ stdout: held.stdout })
    }
    expect(await servers(lab)).toEqual(before)
    await later.mend()
    await expectDone(lab, await lab.run('up', inventory), 'once it is gone', inventory)
  })
})

describe('changing scripts of a dead run', () => {
  const lab = withLab()
  beforeAll(async () => {
    expect((await lab.run('up', lab.inventory)).code).toBe(0)
  })

  /** As the prelude's register does it. */
  const register = `cd dman; read -r s </proc/$$/stat; set -- $\{s##*) }; f=run/changing.unpack.$$.$\{20}.${'0'.repeat(16)}; : >$f; trap 'rm -f $f' EXIT;`
  const detached = (script: string) => `setsid sh -c '${script}' </dev/null >/dev/null 2>&1 &`

  test('case 37: are waited for, or ended by their identity; one that only has the pid of such a script is let be', async () => {
    await lab.exec('zk1', detached(`${register.replaceAll("'", `'\\''`)} sleep 4; echo ended >$HOME/ended`))
    await lab.exec('zk2', detached(`${register.replaceAll("'", `'\\''`)} sleep 321; echo ended >$HOME/ended`))
    await lab.exec(
      'zk3',
      `setsid sleep 322 </dev/null >/dev/null 2>&1 & : >dman/run/changing.unpack.$!.1.${'0'.repeat(16)}`,
    )
    await expect
      .poll(() => everywhere(lab, 'ls dman/run | grep -c changing || :'))
      .toEqual({ zk1: '1', zk2: '1', zk3: '1' })
    const plan = await lab.run('plan', lab.inventory)
    expect(plan.stdout).toMatch(/wait for unpack \(pid \d+\), or end it/)
    expect(plan.stdout).toMatch(/sweep run\/changing.unpack/)
    await expectDone(lab, await lab.run('up', lab.inventory), 'after a dead run')
    expect(await everywhere(lab, 'cat ended 2>/dev/null || :')).toEqual({ zk1: 'ended', zk2: '', zk3: '' })
    const sleepers = `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done 2>/dev/null | grep -c '^sleep 32[12]' || :`
    const counts = await everywhere(lab, sleepers)
    if (lab.kind === 'namespaces') expect(counts).toEqual({ zk1: '0', zk2: '0', zk3: '1' })
    else expect(new Set(Object.values(counts))).toEqual(new Set(['1']))
    await lab.exec('zk3', 'pkill -f "^sleep 322" || true')
  })
})
