import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cronLines } from '../../src/hosts/crontab.ts'
import { crontab } from '../../src/remote/crontab.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

// As cronie and Debian's cron have it; `spool` is its file.
const tool = (spool: string, noise = '') => `#!/bin/sh
spool='${spool}'
${noise}
case $1 in
-l) [ -e "$spool" ] || { echo 'no crontab for dman' >&2; exit 1; }; cat "$spool" ;;
-r) rm "$spool" ;;
-) cat >"$spool" ;;
*) exit 9 ;;
esac
`
const foreign =
  '# mine\n\nMAILTO=ann\n  5 4 * * *\techo 100\\% "of $x" \\\\ `y` ü \n@reboot true # dman-bootstrap, not\n'

describe.each(kinds)('crontab ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  let spool: string
  beforeEach(async () => {
    host = localHost(kind)
    locked = (await host.lock()).locked
    spool = path.join(path.dirname(host.dman), 'the crontab')
    host.tool('crontab', tool(spool.replaceAll("'", `'\\''`)))
  })
  afterEach(() => host.remove())
  const lines = () => cronLines({ home: host.home }, 'dman').text
  const set = (text = lines()) => locked.change(crontab, { lines: text })
  const put = (text: string) => {
    writeFileSync(spool, text)
    chmodSync(spool, 0o666)
  }
  const read = () => readFileSync(spool, 'utf8')

  it('writes our lines where there is no crontab, once, and takes them out again', async () => {
    expect(await set()).toEqual({ is: 'written' })
    expect(read()).toBe(lines())
    expect(await set()).toEqual({ is: 'kept' })
    expect(await set('')).toEqual({ is: 'written' })
    expect(existsSync(spool)).toBe(false)
    expect(await set('')).toEqual({ is: 'kept' })
  })

  it('case 36: other lines are not taken for absent where the disk is full, of which crontab -l tells nothing', async () => {
    put(foreign)
    host.tool('crontab', tool(spool.replaceAll("'", `'\\''`), '[ "$1" != -l ] || [ ! -f /dev/stdout ] || exit 0'))
    expect(await set()).toEqual({ is: 'written' })
    expect(read()).toBe(foreign + lines())
  })

  it('case 36: leaves all other lines as they are, byte for byte', async () => {
    const other = cronLines({ home: '/home/other' }, 'dman').text
    put(foreign + other)
    await set()
    expect(read()).toBe(foreign + other + lines())
    put(`${lines().replaceAll('* * * * *', '*/5 * * * *')}${foreign}`)
    expect(await set()).toEqual({ is: 'written' })
    expect(read()).toBe(foreign + lines())
    await set('')
    expect(read()).toBe(foreign)
  })

  it.each([
    ['forbidden', 'echo "You (dman) are not allowed to use this program (crontab)" >&2; exit 1'],
    ['unreadable', 'echo "crontab: cannot open: Permission denied" >&2; exit 1'],
    ['read-only', '[ "$1" = -l ] || { echo "crontab: no space left" >&2; exit 1; }'],
  ])('case 36: one that is %s is not written, and says why', async (_, noise) => {
    put(foreign)
    host.tool('crontab', tool(spool.replaceAll("'", `'\\''`), noise))
    expect(await set()).toMatchObject({ is: 'unknown', why: expect.stringMatching(/allowed|denied|space/) as string })
    expect(read()).toBe(foreign)
    rmSync(path.join(path.dirname(host.home), 'tools/crontab'))
    expect((await set()).is).toBe('unknown')
  })

  it('case 42: a later version’s lines are not rewritten', async () => {
    put(lines().replaceAll('format: 1', 'format: 2'))
    expect(await failing(set())).toMatchObject({ exit: 5, got: expect.stringContaining('later version') as string })
    expect(read()).toContain('format: 2')
  })

  it('case 18: nothing is taken out where the data is another member’s', async () => {
    host.write('data/stamp', 'format: 1\nensemble: dman\nfounding: f1\nhost: zk1\nid: 1\n')
    const owner = { ensemble: 'dman', founding: 'f1', host: 'zk1', id: 1 }
    await set()
    for (const other of [{ founding: 'f2' }, { host: 'zk2' }, { id: 2 }])
      expect(await failing(locked.change(crontab, { lines: '', owner: { ...owner, ...other } }))).toMatchObject({
        exit: 5,
        got: expect.stringContaining('the data here is that of') as string,
      })
    expect(read()).toBe(lines())
    expect(await locked.change(crontab, { lines: '', owner })).toEqual({ is: 'written' })
    expect(existsSync(spool)).toBe(false)
  })

  it('what cron runs is that line, in whatever shell, with umask 077', async () => {
    host.write('bin/supervise', 'umask >umask; pwd >there; touch was-run\n')
    await set()
    const [line = ''] = read().split('\n')
    // cron: % ends the command, \% is a %
    const command = line.replace('* * * * * ', '').replaceAll('\\%', '%')
    const shells = ['/bin/sh', '/bin/bash', '/bin/csh', '/usr/bin/fish'].filter((shell) => existsSync(shell))
    for (const shell of shells) {
      host.run('rm -f dman/was-run')
      execFileSync(shell, ['-c', command], { cwd: '/', env: { PATH: '/usr/bin:/bin' } })
      expect(readFileSync(path.join(host.dman, 'umask'), 'utf8').trim()).toMatch(/^0?077$/)
      expect(existsSync(path.join(host.dman, 'was-run'))).toBe(true)
    }
  })
})
