import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { binFiles } from '../../src/hosts/desired/bin.ts'
import { lay } from '../../src/remote/lay.ts'
import { member } from '../../src/remote/member.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { remove } from '../../src/remote/remove.ts'
import { fakeJava, tarball } from './archives.ts'
import { failing } from './failing.ts'
import { type Kind, lives, type LocalHost } from './local-host.ts'
import { bin, end, first, found, java, laidOn, memberHost, second, zookeeper } from './member-kit.ts'

// A Java that ends at once while run/broken is there.
const breakable = fakeJava.replace(
  'env >',
  '[ ! -e run/broken ] || { date +%s >>run/attempts; { echo cannot go on; printf "\\tat x\\n"; } >&2; exit 1; }\nenv >',
)
const broken = { ...java, ...tarball({ 'jre/bin/java': breakable }) }

/** The tests of bin/supervise on hosts of these kinds. Most of it is waiting: so there is a file for some kinds and one for the others. */
export const supervises = (kinds: readonly Kind[]) =>
  describe.each(kinds)('supervise ($name)', (kind) => {
    let host: LocalHost
    let locked: Locked
    beforeEach(async () => {
      ;({ host, locked } = await memberHost(kind, [broken, zookeeper], Object.keys(binFiles)))
      await locked.change(member, { found, switch: first, start: true })
    })
    afterEach(async () => {
      host.run('rm -f dman/data/held')
      await end(host, locked)
    })
    const facts = () => laidOn(locked)
    const server = async () => {
      const { server } = await facts()
      if (server.is !== 'present') throw new Error(server.is)
      return server.value
    }
    const supervisor = () =>
      /^pid: (\d+)$/m.exec(readFileSync(path.join(host.dman, 'run/supervisor'), 'utf8'))?.[1] ?? ''
    const kill = async () => {
      const { pid } = await server()
      host.run(`kill -9 ${pid}`)
      return pid
    }
    const restarted = (former: number, timeout = 10_000) =>
      expect
        .poll(async () => server().then(({ pid, alive }) => alive && pid !== former), { timeout, interval: 50 })
        .toBe(true)
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    /** what cron does each minute; it stays where a supervisor is needed */
    const tick = () => host.run('umask 022; cd dman && { sh bin/supervise >/dev/null 2>&1 & } ; sleep 0.3')

    it('case 20: starts a server that was killed within two seconds, with what current names', async () => {
      expect((await facts()).supervision).toEqual({ wanted: true, alive: true, failing: { is: 'absent' } })
      const one = supervisor()
      await restarted(await kill())
      expect(await server()).toMatchObject({ conf: first })
      host.run(`cd dman && ln -sfn releases/${second} current`)
      await restarted(await kill(), 5000)
      expect(await server()).toMatchObject({ conf: second })
      expect(supervisor()).toBe(one)
      expect((await facts()).open).toEqual([])
    })

    it('is one, however often it is begun; another that is named ends the one before', async () => {
      const one = supervisor()
      tick()
      tick()
      expect(supervisor()).toBe(one)
      host.run('rm dman/run/supervisor')
      expect((await facts()).supervision.alive).toBe(false)
      tick()
      await expect.poll(() => lives(one), { timeout: 3000 }).toBe(false)
      expect(lives(supervisor())).toBe(true)
      await restarted(await kill())
    })

    it('case 21: begins a member that is wanted where nothing runs any more, as after a reboot', async () => {
      const [one, former] = [supervisor(), (await server()).pid]
      host.run(`kill -9 ${one} ${former}`)
      // A supervisor that is just dying counts as one; the next minute's would come.
      await expect.poll(() => lives(one), { timeout: 3000 }).toBe(false)
      tick()
      await restarted(former)
      expect(supervisor()).not.toBe(one)
    })

    it('stop ends it, and nothing is started again, also not by cron', async () => {
      const one = supervisor()
      const { pid } = await server()
      await locked.change(member, { stop: true })
      tick()
      await pause(1500)
      expect([lives(pid), lives(one)]).toEqual([false, false])
      expect(await facts()).toMatchObject({ server: { is: 'absent' }, supervision: { wanted: false, alive: false } })
      await locked.change(member, { start: true })
      expect((await facts()).supervision).toMatchObject({ wanted: true, alive: true })
    })

    it('stop ends also what has died and would be started again', async () => {
      host.write('run/broken', '')
      await kill()
      await expect.poll(() => existsSync(path.join(host.dman, 'run/failing')), { timeout: 5000 }).toBe(true)
      await locked.change(member, { stop: true })
      expect((await facts()).supervision).toEqual({ wanted: false, alive: false, failing: { is: 'absent' } })
      host.run('rm dman/run/broken')
      await pause(2500)
      expect((await facts()).server).toEqual({ is: 'absent' })
    })

    it('a restart keeps it away, and it keeps what was restarted', async () => {
      const former = (await server()).pid
      const done = await locked.change(member, { stop: true, switch: second, start: true })
      expect(done).toMatchObject({ stopped: former, started: { already: false } })
      await pause(1500)
      expect(await server()).toMatchObject({ pid: done.started?.pid, conf: second, alive: true })
      await restarted(await kill())
    })

    it('starts nothing while a script of a run is at the member, and does once that is gone', async () => {
      const script = Number(host.run('sleep 60 >/dev/null 2>&1 & echo $!'))
      const began = host.run(`sed 's/.*) //' /proc/${script}/stat | awk '{ print $20 }'`).trim()
      host.write(`run/changing.member.${script}.${began}.ffff`, '')
      const former = await kill()
      await pause(2500)
      expect(await server()).toMatchObject({ alive: false })
      host.run(`kill ${script}`)
      await restarted(former)
    })

    it('case 40: while data is marked by a restore neither it nor start begins anything', async () => {
      host.write('data/held', '')
      const former = await kill()
      expect(await failing(locked.change(member, { start: true }))).toMatchObject({
        got: expect.stringContaining('restore') as string,
      })
      tick()
      await pause(2000)
      expect(await facts()).toMatchObject({ server: { value: { alive: false } }, data: { mark: { is: 'unknown' } } })
      host.run('rm dman/data/held')
      await restarted(former)
    })

    /** seconds, as a Java noted them that did not stay */
    const attempts = () => host.run('cat dman/run/attempts 2>/dev/null || :').split('\n').filter(Boolean).map(Number)

    it('case 20: tries more and more rarely what does not stay up, says so, and goes on by itself', async () => {
      host.write('run/broken', '')
      const former = await kill()
      await expect.poll(() => attempts().length, { timeout: 30_000, interval: 50 }).toBe(3)
      const { supervision } = await facts()
      expect(supervision.failing).toMatchObject({
        value: { words: expect.stringMatching(/within 10 seconds: cannot go on/) as string },
      })
      host.run('rm dman/run/broken')
      await restarted(former, 30_000)
      const [one = 0, two = 0, three = 0, ...more] = attempts()
      const gaps = [two - one, three - two, Math.floor(Date.now() / 1000) - three]
      expect(gaps.map((gap, at) => gap >= 2 ** at || gap)).toEqual([true, true, true])
      expect(more).toEqual([])
      await locked.change(member, { start: true })
      expect((await facts()).supervision.failing).toEqual({ is: 'absent' })
    })

    it('case 20: what often came to nothing waits for a minute, but not for one of an earlier boot; its log is bounded', async () => {
      const uptime = () => Math.floor(Number.parseFloat(readFileSync('/proc/uptime', 'latin1')))
      const field = (name: string) =>
        Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(host.run('cat dman/run/failing 2>/dev/null || :'))?.[1])
      const log = (ending = '') => host.run(`cat dman/log/supervisor.log${ending}`).split('\n').length - 1
      /** a supervisor that finds this after the server died */
      const finds = async (next: number) => {
        const one = supervisor()
        host.run(`kill -9 ${one}`)
        await expect.poll(() => lives(one), { timeout: 3000 }).toBe(false)
        host.write('run/failing', `format: 1\ntimes: 50\nnext: ${next}\nwords: former\n`)
        host.write('log/supervisor.log', 'former\n'.repeat(1000))
        tick()
      }
      host.write('run/broken', '')
      host.run(`kill -STOP ${supervisor()}`)
      const former = await kill()
      await expect.poll(() => lives(former), { timeout: 3000 }).toBe(false)
      await finds(uptime() + 2)
      await expect.poll(() => field('times'), { timeout: 5000 }).toBe(51)
      expect(field('next') - uptime()).toBeGreaterThan(50)
      expect(field('next') - uptime()).toBeLessThanOrEqual(60)
      expect([log('.1'), log()]).toEqual([1000, 1])
      expect(attempts()).toEqual([])
      await finds(uptime() + 1000)
      await expect.poll(() => field('times'), { timeout: 10_000 }).toBe(1)
      expect(attempts()).toHaveLength(1)
    })

    it('says why a start cannot even begin', async () => {
      host.run('mv dman/data/myid dman/data/other')
      const former = await kill()
      await expect.poll(async () => (await facts()).supervision.failing.is, { timeout: 5000 }).toBe('present')
      expect((await facts()).supervision.failing).toMatchObject({
        value: { words: expect.stringContaining('data/myid is missing') as string },
      })
      host.run('mv dman/data/other dman/data/myid')
      await restarted(former, 6000)
    })

    it('runs the text that lies there after an update', async () => {
      const one = supervisor()
      const runs = () =>
        host.run(`cd dman && [ bin/supervise -ef /proc/${one}/fd/9 ] && [ bin/prelude -ef /proc/${one}/fd/8 ]; echo $?`)
      expect(runs()).toBe('0\n')
      const later = bin(host).map((file) => ({ ...file, text: `${file.text}# later\n` }))
      await locked.change(lay, { files: later })
      expect(runs()).toBe('1\n')
      await expect.poll(runs, { timeout: 3000 }).toBe('0\n')
      expect(supervisor()).toBe(one)
      await restarted(await kill())
    })

    it('case 19: leaves a process alone that is not the one that run/supervisor names', async () => {
      const other = Number(host.run('sleep 60 >/dev/null 2>&1 & echo $!'))
      const began = host.run(`sed 's/.*) //' /proc/${other}/stat | awk '{ print $20 }'`).trim()
      const one = supervisor()
      const name = () => {
        host.write('run/other', `format: 1\npid: ${other}\nstart: ${began}\nnonce: 0123456789abcdef\n`)
        host.run('mv dman/run/other dman/run/supervisor')
      }
      name()
      expect((await facts()).supervision.alive).toBe(false)
      await expect.poll(() => lives(one), { timeout: 3000 }).toBe(false)
      await locked.change(member, { start: true })
      expect((await facts()).supervision.alive).toBe(true)
      name()
      await locked.change(member, { stop: true })
      expect(lives(other)).toBe(true)
      host.run(`kill ${other}`)
    })

    it('a switch that finds a server that was started meanwhile is not begun', async () => {
      expect(await failing(locked.change(member, { switch: second, start: true }))).toMatchObject({
        name: 'NotBegun',
        exit: 5,
      })
      expect((await server()).conf).toBe(first)
    })

    it('removal ends it first', async () => {
      const one = supervisor()
      await locked.change(member, { stop: true })
      await locked.change(member, { start: true })
      const two = supervisor()
      host.run(`kill -STOP ${two}`)
      await kill()
      // What a shell forks looks like that shell for a moment, and this Java is one.
      await expect.poll(async () => (await server()).alive, { timeout: 3000 }).toBe(false)
      const removed = locked.change(remove, { data: false })
      await pause(300)
      host.run(`kill -CONT ${two}`)
      await removed
      expect([lives(one), lives(two)]).toEqual([false, false])
      expect(existsSync(path.join(host.dman, 'bin'))).toBe(false)
    })
  })
