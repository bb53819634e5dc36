import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lay } from '../../src/remote/lay.ts'
import { observe } from '../../src/remote/observe.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { remove } from '../../src/remote/remove.ts'
import { sweep } from '../../src/remote/sweep.ts'
import { unpack } from '../../src/remote/unpack.ts'
import { fakeJava, tarball } from './archives.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost, withCores } from './local-host.ts'

const release = 'java-0123456789ab'
const staged = `${release}.tar.gz`
const files = { 'jre 17/bin/java': fakeJava, 'jre 17/lib/modules': 'm', 'jre 17/legal/x': 'l' }
// busybox' tar cannot fill folders that it makes read-only
const readOnly = tarball(files, 'a=rX')
const usual = tarball(files, 'u=rwX,go=rX')

describe.each(kinds)('unpack ($name)', (kind) => {
  const java = kind.onlyBusybox === true ? usual : readOnly
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => {
    host = localHost(kind)
    locked = (await host.lock()).locked
  })
  afterEach(() => host.remove())
  const send = (bytes: Buffer, size = bytes.length) => locked.send(Readable.from([bytes]), staged, size)
  const run = (sha256 = java.sha256) => locked.change(unpack, { staged, sha256, release, kind: 'java' })
  const left = () => host.run('cd dman; ls -A releases tmp 2>/dev/null; true')

  it('case 12: makes a release whole, private, executable where it was, and removable', async () => {
    await send(java.bytes)
    expect(await run()).toBe(true)
    const listing = host.run(`cd dman/releases && find . | sort | xargs stat -c "%a %n"`)
    expect(listing.trim().split('\n')).toEqual([
      '700 .',
      `700 ./${release}`,
      `700 ./${release}/bin`,
      `700 ./${release}/bin/java`,
      `700 ./${release}/legal`,
      `600 ./${release}/legal/x`,
      `700 ./${release}/lib`,
      `600 ./${release}/lib/modules`,
    ])
    const { laid } = await locked.ask(observe, { ports: [] })
    expect(laid).toMatchObject({ is: 'present', value: { releases: [release], leftovers: [], running: [] } })
  })

  it('tries Java without core files', async () => {
    const wary = tarball({ 'jre/bin/java': '#!/bin/sh\n[ "$(ulimit -c)" = 0 ] || { echo cores; exit 1; }\n' })
    host.banner = withCores
    await send(wary.bytes)
    expect(await run(wary.sha256)).toBe(true)
  })

  it('is done once: a release that is there stays, and the upload goes', async () => {
    await send(java.bytes)
    await run()
    await send(java.bytes)
    expect(await run()).toBe(false)
    expect(left()).toBe(`releases:\n${release}\n\ntmp:\n`)
  })

  it('case 5: an upload that is not whole never becomes a release', async () => {
    expect(await failing(run())).toMatchObject({ exit: 1, got: `the upload tmp/${staged} is not there` })
    await send(java.bytes.subarray(0, 100))
    expect(await failing(run())).toMatchObject({ exit: 1, got: expect.stringContaining('sha256') as string })
    expect(left()).not.toContain(release)
  })

  it('case 7: what is no tarball, or not one folder, never becomes a release', async () => {
    const { createHash } = await import('node:crypto')
    const noise = Buffer.from('no tarball')
    await send(noise)
    const sum = createHash('sha256').update(noise).digest('hex')
    expect(await failing(run(sum))).toMatchObject({ exit: 1, got: expect.stringContaining('cannot unpack') as string })
    const two = tarball({ 'a/x': '', 'b/y': '' })
    await send(two.bytes)
    expect(await failing(run(two.sha256))).toMatchObject({
      exit: 1,
      got: expect.stringContaining('not one folder') as string,
    })
    expect(left()).not.toContain(release)
  })

  it('case 17: a Java that does not run here is told in its own words, and never becomes a release', async () => {
    const foreign = tarball({
      'jre/bin/java': '#!/bin/sh\necho "java: version \'GLIBC_2.34\' not found" >&2\nexit 1\n',
    })
    await send(foreign.bytes)
    const failure = await failing(run(foreign.sha256))
    expect(failure.got).toContain("GLIBC_2.34' not found")
    expect(failure.hint).toContain('processor')
    const alien = tarball({ 'jre/bin/java': '#!/no/such/loader\n' })
    await send(alien.bytes)
    expect(await failing(run(alien.sha256))).toMatchObject({
      exit: 1,
      got: expect.stringContaining('does not run on this host') as string,
    })
    expect(left()).toBe('releases:\n\ntmp:\n')
  })

  it('runs Java with nothing of the login’s surroundings', async () => {
    const nosy = tarball({ 'jre/bin/java': '#!/bin/sh\n[ "${GREP_OPTIONS-}${LC_ALL-}" = "" ] || exit 1\n' })
    await send(nosy.bytes)
    expect(await run(nosy.sha256)).toBe(true)
  })

  it('case 22: what a killed run left is known, and does not hinder the next', async () => {
    await send(java.bytes)
    host.run('cd dman; mkdir -p tmp/work.99999999/top; : >run/changing.unpack.99999999.1.0123456789abcdef')
    const { laid } = await locked.ask(observe, { ports: [] })
    expect(laid.is === 'present' && laid.value.leftovers).toEqual([
      `tmp/${staged}`,
      'tmp/work.99999999',
      'run/changing.unpack.99999999.1.0123456789abcdef',
    ])
    expect(laid.is === 'present' && laid.value.running).toEqual([])
    expect(await run()).toBe(true)
  })
})

const tmpfs = (() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dman-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'none', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
})()

describe.each(kinds)('a full disk ($name)', (kind) => {
  it.skipIf(!tmpfs)(
    'case 8: is told, nothing half-done appears, and it can be cleaned up (skipped where no tmpfs can be mounted)',
    async () => {
      const host = localHost(kind)
      const mount = path.join(host.home, 'dman')
      mkdirSync(mount)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k,mode=777', 'none', mount])
      try {
        const { locked } = await host.lock()
        const room = expect.stringContaining('df') as string
        const upload = locked.send(Readable.from([randomBytes(400_000)]), staged, 400_000)
        expect(await failing(upload)).toMatchObject({ exit: 1, hint: room })
        const large = tarball({ 'jre/bin/java': fakeJava, 'jre/lib/modules': '0'.repeat(500_000) })
        await locked.send(Readable.from([large.bytes]), staged, large.bytes.length)
        const unpacking = locked.change(unpack, { staged, sha256: large.sha256, release, kind: 'java' })
        expect(await failing(unpacking)).toMatchObject({
          exit: 1,
          hint: room,
          got: expect.stringContaining('cannot unpack') as string,
        })
        const files = [{ path: 'bin/start', text: 'x'.repeat(500_000) }]
        expect(await failing(locked.change(lay, { files }))).toMatchObject({ exit: 1, hint: room })
        const { laid } = await locked.ask(observe, { ports: [] })
        expect(laid).toMatchObject({ is: 'present', value: { releases: [], bin: {}, leftovers: [], running: [] } })
        host.run('cat /dev/zero >dman/fill 2>/dev/null; :')
        const { removed } = await locked.change(sweep, { paths: ['tmp/none'] })
        expect(removed).toEqual([])
        expect(await locked.change(remove, { data: true })).toEqual(['fill'])
      } finally {
        // the last script may not have left it yet
        execFileSync('umount', ['-l', mount])
        host.remove()
      }
    },
  )
})
