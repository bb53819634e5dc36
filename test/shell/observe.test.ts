import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stageText } from '../../src/model/tls-stage.ts'
import { observe } from '../../src/remote/observe.ts'
import { observeMember } from '../../src/remote/observe-member.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

describe.each(kinds)('observe ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())
  const facts = (ports: readonly number[] = []) => host.remote.ask(observe, { ports })

  it('tells the machine, and that nothing is laid', async () => {
    const { machine, laid, lock } = await facts()
    expect(laid).toEqual({ is: 'absent' })
    expect(lock).toEqual({ is: 'absent' })
    expect(machine.missing).toEqual([])
    expect(machine.boot).toMatch(/^[0-9a-f-]{36}$/)
    expect(machine.home).toBe(host.home)
    expect(Math.abs(machine.now - Date.now() / 1000)).toBeLessThan(5)
    expect(machine.filesystem.type).not.toBe('')
    expect(machine.filesystem.freeBytes).toBeGreaterThan(1e6)
    expect(machine.memory.totalBytes).toBeGreaterThan(machine.memory.availableBytes)
    expect(host.events).toMatchObject([{ is: 'call', script: 'observe', changes: false, outcome: 'done' }])
  })

  it('case 14: names the folder that is to hold the home by device and inode', async () => {
    const before = (await facts()).machine.place
    expect(before.inode).toBe(host.run('stat -L -c %i "$HOME"').trim())
    await host.lock()
    const after = (await facts()).machine.place
    expect(after).toEqual({ device: before.device, inode: host.run('stat -L -c %i "$HOME/dman"').trim() })
  })

  it('tells what conf releases are made for, and its addresses; a private key stays where it is', async () => {
    await host.lock()
    const stage = {
      mode: 'strict',
      trusts: ['aa'],
      issuer: 'aa',
      expires: 2_000_000_000_000,
      names: ['10.0.0.1'],
    } as const
    const pem = (body: string) =>
      `-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nabc\n`
    const conf = path.join(host.home, 'dman/releases/conf-0123456789ab')
    mkdirSync(conf, { recursive: true })
    writeFileSync(path.join(conf, 'tls'), stageText(stage))
    writeFileSync(path.join(conf, 'member.pem'), pem('c2VjcmV0\nc2VjcmV0\n'))
    symlinkSync('releases/conf-0123456789ab', path.join(host.home, 'dman/current'))
    const { laid, machine } = await facts()
    expect(laid).toMatchObject({
      value: { stages: { 'conf-0123456789ab': stage }, conf: { files: { 'member.pem': pem('') } } },
    })
    expect(machine.addresses.every((address) => isIP(address) !== 0 && !address.startsWith('127.'))).toBe(true)
    const told = (await host.remote.ask(observeMember, undefined)) as { value: { stages?: unknown } }
    expect(told.value.stages).toEqual({ 'conf-0123456789ab': stage })
  })

  it.each([
    ['none', 'echo "no crontab for dman" >&2; exit 1', { is: 'absent' }, { is: 'present', value: true }],
    [
      'one',
      'printf "# a %%\\n\\n@daily x\\n\\n"',
      { is: 'present', value: '# a %\n\n@daily x\n\n' },
      { is: 'present', value: true },
    ],
    [
      'not allowed',
      'echo "You (dman) are not allowed to use this program (crontab)" >&2; exit 1',
      { is: 'unknown' },
      { is: 'present', value: false },
    ],
    ['unreadable', 'echo "dman: fopen: Permission denied" >&2; exit 1', { is: 'unknown' }, { is: 'unknown' }],
    ['out of order', 'echo "cannot open spool" >&2; exit 1', { is: 'unknown' }, { is: 'unknown' }],
  ])('case 36: tells a crontab that is %s', async (_, script, crontab, allowed) => {
    host.tool('crontab', `#!/bin/sh\n[ "$1" = -l ] || exit 9\n${script}\n`)
    const seen = await facts()
    expect(seen.crontab).toMatchObject(crontab)
    expect(seen.machine.cron.allowed).toMatchObject(allowed)
  })

  it('case 36: takes a missing crontab command for unknown, not for empty', async () => {
    expect((await facts()).crontab.is).toBe('unknown')
  })

  /** systemd's folders, in the scratch folder */
  const systemd = () => {
    const root = path.dirname(host.home)
    const text = observe.text.replaceAll(/\/(etc|run|usr\/lib|var\/lib)\/systemd/g, `${root}$&`)
    const logind = async () => (await host.remote.ask({ ...observe, text }, { ports: [] })).machine.logind
    const put = (file: string, words = '') => {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      writeFileSync(path.join(root, file), words)
    }
    return { root, logind, put }
  }

  it('tells whether systemd-logind ends what a login leaves running, as its files say', async () => {
    const { root, logind, put } = systemd()
    expect(await logind()).toEqual({ is: 'absent' })
    put('run/systemd/sessions/1')
    expect(await logind()).toEqual({ is: 'present', value: { kills: false, lingers: false, user: 'dman' } })
    put('etc/systemd/logind.conf', '[Login]\n#NAutoVTs=6\n  KillUserProcesses=yes\n#KillOnlyUsers=\n')
    put('var/lib/systemd/linger/dman')
    expect(await logind()).toEqual({ is: 'present', value: { kills: true, lingers: true, user: 'dman' } })
    put('usr/lib/systemd/logind.conf.d/10-ours.conf', '[Login]\nKillExcludeUsers=dman')
    expect(await logind()).toMatchObject({ value: { kills: false } })
    put('etc/systemd/logind.conf.d/other.conf')
    symlinkSync('/dev/null', path.join(root, 'etc/systemd/logind.conf.d/10-ours.conf'))
    expect(await logind()).toMatchObject({ value: { kills: true } })
    if (process.getuid?.() !== 0) return
    chmodSync(path.join(root, 'etc/systemd/logind.conf'), 0)
    expect(await logind()).toMatchObject({ is: 'unknown' })
  })

  it('asks for the name of the login only where its environment has none, and without one nobody lingers', async () => {
    const { logind, put } = systemd()
    put('run/systemd/sessions/1')
    put('var/lib/systemd/linger/zoe')
    host.tool('id', '#!/bin/sh\n[ "$1" = -un ] && : >"$HOME/asked" && echo zoe\n')
    expect(await logind()).toMatchObject({ value: { user: 'dman', lingers: false } })
    expect(existsSync(path.join(host.home, 'asked'))).toBe(false)
    host.banner = 'unset USER LOGNAME; '
    expect(await logind()).toMatchObject({ value: { user: 'zoe', lingers: true } })
    host.tool('id', '#!/bin/sh\nexit 1\n')
    expect(await logind()).toMatchObject({ value: { user: '', lingers: false } })
    host.banner = 'unset USER; LOGNAME=zoe; export LOGNAME; '
    expect(await logind()).toMatchObject({ value: { user: 'zoe', lingers: true } })
  })

  it('tells what is laid, with bytes as they are', async () => {
    const conf = 'conf-0123456789ab'
    const text = `é\r\n\n  $(touch x) 'quoted' \\ %s\n@begin\nlast without end`
    host.write(`releases/${conf}/format`, 'format: 1\n')
    host.write(`releases/${conf}/zoo.cfg`, text)
    host.write(`releases/${conf}/empty`, '')
    host.write('releases/java-aaaaaaaaaaaa/x', '')
    host.write('bin/start', 'x\n')
    host.write('run/served', `${conf}\nconf-ba9876543210\n`)
    host.write('data/version-2/snapshot.0', '')
    host.write('data/myid', '7\n')
    host.write('data/stamp', 'format: 1\nensemble: dman\nfounding: ab12\nhost: zk1\nid: 7\n')
    host.write('tmp/half.tar.gz', 'x')
    host.run(`cd dman && chmod -R go= . && ln -s releases/${conf} current &&
      ln -s ../java-aaaaaaaaaaaa releases/${conf}/java && ln -s ../zookeeper-bbbbbbbbbbbb releases/${conf}/zookeeper`)
    const { laid } = await facts()
    if (laid.is !== 'present') throw new Error(laid.is)
    expect(laid.value).toEqual({
      releases: [conf, 'java-aaaaaaaaaaaa'],
      current: { is: 'present', value: conf },
      served: { is: 'present', value: conf },
      previous: { is: 'present', value: 'conf-ba9876543210' },
      linked: { [conf]: ['java-aaaaaaaaaaaa', 'zookeeper-bbbbbbbbbbbb'] },
      conf: {
        files: { format: 'format: 1\n', 'zoo.cfg': text, empty: '' },
        links: { java: 'java-aaaaaaaaaaaa', zookeeper: 'zookeeper-bbbbbbbbbbbb' },
      },
      bin: { start: '73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac' },
      data: {
        is: 'held',
        stamp: { is: 'present', value: { ensemble: 'dman', founding: 'ab12', host: 'zk1', id: 7 } },
        myid: { is: 'present', value: '7' },
        initialize: false,
        started: true,
        mark: { is: 'absent' },
      },
      server: { is: 'absent' },
      supervision: { wanted: false, alive: false, failing: { is: 'absent' } },
      leftovers: ['tmp/half.tar.gz'],
      asides: [],
      running: [],
      open: [],
      format: 1,
    })
  })

  it('measures what a restore brought and did not put in its place', async () => {
    const brought = async () => {
      const { laid } = await facts()
      return laid.is === 'present' ? laid.value.brought : undefined
    }
    host.write('data/version-2/log.1', 'x'.repeat(50_000))
    expect(await brought()).toBeUndefined()
    const names = ['tmp/restore-abcdef012345.1', 'tmp/restore.abcdef012345/version-2/log.1', 'data/restore.0/log.1']
    for (const name of names) host.write(name, 'x'.repeat(100_000))
    expect(await brought()).toBe(300_000)
  })

  it('case 12: names what lets group or others in, but nothing behind links', async () => {
    host.write('data/zoo.cfg', '')
    host.write('log/out', '')
    host.run('cd dman && chmod -R go= . && chmod 640 data/zoo.cfg && chmod 701 log && ln -s /tmp link')
    const { laid } = await facts()
    expect(laid.is === 'present' && [...laid.value.open].sort()).toEqual(['./data/zoo.cfg', './log'])
  })

  it('case 19: a server whose pid another process has is not alive', async () => {
    const start = host.run(`sed 's/.*) //' /proc/${process.pid}/stat | awk '{ print $20 }'`).trim()
    host.write(
      'run/server',
      `format: 1\npid: ${process.pid}\nstart: ${start}\nnonce: 00000000-0000-0000-0000-000000000000\nconf: conf-0123456789ab\n`,
    )
    const { laid } = await facts()
    expect(laid.is === 'present' && laid.value.server).toMatchObject({
      is: 'present',
      value: { pid: process.pid, start, alive: false },
    })
  })

  it('tells what Java printed last where the server ended and is wanted', async () => {
    const wordsNow = async () => {
      const { laid } = await facts()
      return laid.is === 'present' && laid.value.server.is === 'present' ? laid.value.server.value.lastWords : laid
    }
    const start =
      'format: 1\npid: 99999999\nstart: 1\nnonce: 00000000-0000-0000-0000-000000000000\nconf: conf-0123456789ab\n'
    host.write('run/server', start)
    host.write('log/server.out', 'warning\nException: a\n\tat x\nCaused by: b\n\tat y\n\t... 10 more\n')
    expect(await wordsNow()).toBeUndefined()
    host.write('run/wanted', 'format: 1\n')
    expect(await wordsNow()).toBe('Caused by: b')
    host.write('log/server.out', `${'x'.repeat(300)}\n`)
    expect(await wordsNow()).toBe('x'.repeat(250))
    host.write('log/server.out', '')
    expect(await wordsNow()).toBeUndefined()
  })

  it('tells what a start or a try for the lock left, but not what one is just making', async () => {
    host.write('run/new.99999999/lock/x', '')
    host.write(`run/old.${process.pid}/x`, '')
    const { laid } = await facts()
    expect(laid.is === 'present' && laid.value.leftovers).toEqual(['run/new.99999999'])
  })

  it('case 42: tells the highest format', async () => {
    host.write('data/stamp', 'format: 3\nensemble: dman\nfounding: ab12\nhost: zk1\nid: 7\n')
    const { laid } = await facts()
    expect(laid.is === 'present' && laid.value.format).toBe(3)
  })

  it('does not take what it cannot read for absent', async () => {
    host.write('data/stamp', 'format: 1\n')
    host.write('run/x', '')
    host.run('chmod 000 dman/data/stamp')
    const stamp = async () => {
      const { laid } = await facts()
      return laid.is === 'present' ? laid.value.data.stamp.is : laid.is
    }
    expect(await stamp()).toBe('unknown')
    host.run('chmod 000 dman/data')
    expect(await stamp()).toBe('unknown')
    host.run('chmod 000 dman')
    const { laid, lock } = await facts()
    expect([laid.is, lock.is]).toEqual(['unknown', 'unknown'])
    host.run('chmod 700 dman')
  })
})
