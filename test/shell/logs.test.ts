import { existsSync, utimesSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entriesOf } from '../../src/hosts/logs/entries.ts'
import { logs, type LogsAsked } from '../../src/remote/logs.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

const mark = '@0123456789abcdef'
const line = (minute: number, text: string) => `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000+00:00 ${text}\n`

describe.each(kinds)('logs ($name)', (kind) => {
  let host: LocalHost
  const streams: Readable[] = []
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.destroy()
    host.remove()
  })

  const open = async (asked: Partial<LogsAsked>): Promise<Readable> => {
    const stream = await host.remote.open(logs, { lines: 100, follow: false, mark, ...asked })
    streams.push(stream)
    return stream
  }
  /** `file: text` of what there is */
  const shown = async (asked: Partial<LogsAsked> = {}): Promise<string[]> => {
    const all: string[] = []
    for await (const entry of entriesOf(await open(asked), { host: 'zk1', mark }))
      all.push(entry === 'live' ? 'live' : `${entry.file}: ${entry.text}`)
    return all
  }
  /** what comes, as it comes */
  const following = async (asked: Partial<LogsAsked> = {}): Promise<string[]> => {
    const all: string[] = []
    const stream = await open({ follow: true, ...asked })
    void (async () => {
      for await (const entry of entriesOf(stream, { host: 'zk1', mark, quiet: 50 }))
        all.push(entry === 'live' ? 'live' : `${entry.file}: ${entry.text}`)
    })().catch(() => undefined)
    return all
  }
  const written = (file: string, text: string, minute: number) => {
    host.write(file, text)
    const at = new Date(`2026-01-01T10:${String(minute).padStart(2, '0')}:00Z`)
    utimesSync(path.join(host.dman, file), at, at)
  }
  const zookeeperLogs = () => {
    written('log/zookeeper.log.2', line(1, 'a') + line(2, 'b'), 2)
    written('log/zookeeper.log.1', `${line(3, 'c')}  at c\n`, 3)
    written('log/zookeeper.log', line(4, 'd') + line(5, 'e'), 5)
  }
  const text = (minute: number, what: string) => `zookeeper.log: ${line(minute, what).trim()}`

  it('shows the last lines, of the rolled file too, and what Java printed', async () => {
    zookeeperLogs()
    written('log/server.out', 'a warning\nof Java\n', 4)
    expect(await shown()).toEqual([
      'server.out: a warning\nof Java',
      `${text(3, 'c')}\n  at c`,
      text(4, 'd'),
      text(5, 'e'),
      'live',
    ])
    expect(await shown({ lines: 1 })).toEqual(['server.out: of Java', text(5, 'e'), 'live'])
  })

  it.each([
    [{ is: 'instant', epoch: Date.parse('2026-01-01T10:02:00Z') / 1000 }, [2, 3, 4, 5]],
    [{ is: 'instant', epoch: Date.parse('2026-01-01T10:04:30Z') / 1000 }, [5]],
    [{ is: 'instant', epoch: Date.parse('2026-01-01T09:00:00Z') / 1000 }, [1, 2, 3, 4, 5]],
    [{ is: 'instant', epoch: Date.parse('2026-01-01T10:05:01Z') / 1000 }, []],
    [{ is: 'ago', seconds: 60 }, []],
    [{ is: 'ago', seconds: 60 * 366 * 86_400 }, [1, 2, 3, 4, 5]],
  ] as const)('since %j', async (since, minutes) => {
    host.banner = 'export TZ=UTC; '
    zookeeperLogs()
    const all = await shown({ since })
    expect(all.map((entry) => (entry === 'live' ? entry : Number(/10:0(\d)/.exec(entry)?.[1])))).toEqual([
      ...minutes,
      'live',
    ])
  })

  it('takes a time without an offset in the host’s own zone', async () => {
    host.banner = 'export TZ=UTC-2; '
    written('log/zookeeper.log', '2026-01-01 12:03:00,000 - before\n2026-01-01 12:05:00,000 - after\n', 5)
    const after = ['zookeeper.log: 2026-01-01 12:05:00,000 - after', 'live']
    expect(await shown({ since: { is: 'local', text: '2026-01-01 12:04:00' } })).toEqual(after)
    expect(await shown({ since: { is: 'instant', epoch: Date.parse('2026-01-01T10:04:00Z') / 1000 } })).toEqual(after)
  })

  it('goes on over rolls, and loses nothing of several at once', async () => {
    written('log/zookeeper.log', line(1, 'old'), 1)
    const all = await following({ lines: 1 })
    await expect.poll(() => all.length).toBe(2)
    const roll = (from: number) =>
      Array.from({ length: from }, (_, n) => from - n)
        .map((n) => `mv log/zookeeper.log${n === 1 ? '' : `.${n - 1}`} log/zookeeper.log.${n}`)
        .join('; ')
    host.run(`cd dman; printf '${line(2, 'a')}' >>log/zookeeper.log; sleep 0.5
      printf '${line(3, 'b')}' >>log/zookeeper.log; ${roll(1)}; printf '${line(4, 'c')}' >log/zookeeper.log
      ${roll(2)}; printf '${line(5, 'd')}' >log/zookeeper.log; ${roll(3)}; printf '${line(6, 'e')}' >log/zookeeper.log`)
    await expect.poll(() => all.length, { timeout: 5000 }).toBe(7)
    host.run(`printf '${line(7, 'f')}' >>dman/log/zookeeper.log`)
    await expect
      .poll(() => all, { timeout: 5000 })
      .toEqual([text(1, 'old'), 'live', ...[2, 3, 4, 5, 6, 7].map((minute) => text(minute, 'xxabcdef'.charAt(minute)))])
  })

  it('has the supervisor’s notes, too', async () => {
    host.banner = 'export TZ=UTC; '
    written('log/zookeeper.log', line(5, 'e'), 5)
    written('log/supervisor.log.1', '2026-01-01 10:02:00 started 1\n', 2)
    written('log/supervisor.log', '2026-01-01 10:03:00 started 2\n', 3)
    const all = await shown({ since: { is: 'instant', epoch: Date.parse('2026-01-01T10:00:00Z') / 1000 } })
    expect(all).toEqual([
      'supervisor.log: 2026-01-01 10:02:00 started 1',
      'supervisor.log: 2026-01-01 10:03:00 started 2',
      text(5, 'e'),
      'live',
    ])
  })

  it('follows a log that comes only later, and a server that is started anew', async () => {
    host.write('log/x', '')
    const all = await following()
    await expect.poll(() => all).toEqual(['live'])
    host.write('log/zookeeper.log', line(1, 'a'))
    host.write('log/server.out', 'first\n')
    await expect.poll(() => all.length, { timeout: 5000 }).toBe(3)
    host.run('cd dman/log && mv server.out server.out.1 && echo second >server.out')
    await expect.poll(() => all.length, { timeout: 5000 }).toBe(4)
    expect(all.sort()).toEqual(['live', 'server.out: first', 'server.out: second', text(1, 'a')])
  })

  it('leaves no process behind when nobody listens any more', async () => {
    host.write('log/zookeeper.log', line(1, 'a'))
    const all = await following()
    await expect.poll(() => all.length).toBe(2)
    // all that runs in the home of this host
    const mine = () =>
      host.run('for p in /proc/[0-9]*; do [ "$p/cwd" -ef dman ] && echo "$p"; done 2>/dev/null; :').trim()
    expect(mine()).not.toBe('')
    streams[0]?.destroy()
    await expect.poll(mine, { timeout: 3000 }).toBe('')
  })

  it('shows nothing where nothing of ours is, whatever else lies in the home', async () => {
    host.run('mkdir log; echo foreign >log/zookeeper.log')
    expect(await shown()).toEqual([])
    expect(existsSync(host.dman)).toBe(false)
  })

  it('tells a home that it may not enter', async () => {
    host.write('log/zookeeper.log', line(1, 'a'))
    host.run('chmod 000 dman')
    expect(await failing(shown())).toMatchObject({ got: 'cannot enter ~/dman' })
    host.run('chmod 700 dman')
  })

  it('shows a large log whole', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => line(n % 60, `n${n} ${'x'.repeat(80)}`)).join('')
    host.write('log/zookeeper.log', many)
    const all = await shown({ since: { is: 'ago', seconds: 60 * 366 * 86_400 } })
    expect(all).toHaveLength(20_001)
  })
})
