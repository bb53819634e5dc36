import { realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { observe } from '../../src/remote/observe.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

// The kernel's list of mounts is one of the test's.
describe.each(kinds)('observe ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())

  it('case 9: tells the file system that the home lies on, of all that are mounted', async () => {
    const mounts = path.join(path.dirname(host.home), 'mountinfo')
    const text = observe.text.replaceAll('/proc/self/mountinfo', mounts)
    const home = realpathSync(host.home)
    const escaped = (folder: string) => folder.replace(/[ \\]/g, (char) => `\\0${char.charCodeAt(0).toString(8)}`)
    const mountedOn = async (...lines: string[]) => {
      writeFileSync(mounts, ['1 0 8:1 / / rw - ext4 /dev/sda1 rw', ...lines, ''].join('\n'))
      const { type, noexec, readOnly } = (await host.remote.ask({ ...observe, text }, { ports: [] })).machine.filesystem
      return [type, ...(noexec ? ['noexec'] : []), ...(readOnly ? ['ro'] : [])].join(' ')
    }
    const at = escaped(home)
    expect(await mountedOn()).toBe('ext4')
    const nfs = (place: string) => `40 1 0:50 / ${place} rw,relatime shared:7 master:2 - nfs4 nas:/home rw,vers=4.2`
    expect(await mountedOn(nfs(at))).toBe('nfs4')
    expect(await mountedOn(nfs(escaped(path.dirname(home))))).toBe('nfs4')
    expect(await mountedOn(nfs(`${at}/dman/data`), nfs(at.slice(0, -1)), nfs(`${at}s`)), 'not its place').toBe('ext4')
    // what was mounted last lies on top
    expect(await mountedOn(nfs(at), `41 40 8:2 / ${at} rw,noexec - xfs /dev/sdb1 ro`)).toBe('xfs noexec ro')
  })
})
