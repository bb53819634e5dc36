import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupLink, backupStream } from '../../src/remote/backup-files.ts'
import { dataFiles } from '../../src/remote/data-files.ts'
import { observe } from '../../src/remote/observe.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { replay, type Replaying } from '../../src/remote/replay.ts'
import { sweep } from '../../src/remote/sweep.ts'
import { tarball } from './archives.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost, withCores } from './local-host.ts'
import { bring, java, zookeeper } from './member-kit.ts'

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const names = ['snapshot.100000005', 'log.100000001']
const log = `${'x'.repeat(70_000)}\n\0\n0 end\n`

/** Stands for Java: tells what it loads as ZooKeeper does, and goes on, or fails. */
const loads = `#!/bin/sh
case "$*" in *' -version') exit 0 ;; esac
printf '%s\\n' "$@" >arguments
ulimit -c >cores
for last; do :; done
folder=$(sed -n 's/^dataDir=//p' "$last")
cat "$folder"/version-2/* >replayed
case $(cat "$folder"/version-2/snapshot.*) in
bad*) echo 'java.io.IOException: CRC check failed'; exit 1 ;;
slow*) sleep 30 ;;
esac
echo 'Snapshot loaded in 1 ms, highest zxid is 0x100000017, digest is 1'
exec sleep 30
`
const loading = { ...java, ...tarball({ 'jre/bin/java': loads }) }

describe.each(kinds)('a backup ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => {
    host = localHost(kind)
    locked = (await host.lock()).locked
    host.write('data/version-2/snapshot.100000005', 'good\0\0\0\x01/')
    host.write('data/version-2/log.100000001', log)
    host.write('data/version-2/currentEpoch', '1')
    host.write('data/version-2/acceptedEpoch', '2')
  })
  afterEach(() => host.remove())
  const below = (folder: string) => readdirSync(path.join(host.dman, folder)).sort()
  const link = (folder = 'backup.ab', of = names) => locked.change(backupLink, { folder, names: of })

  it('tells what there is: sizes, whole snapshots, epochs', async () => {
    host.write('data/version-2/snapshot.100000009', 'half written')
    host.write('data/version-2/snapshot.10000000a.gz', '')
    expect(await locked.ask(dataFiles, {})).toEqual({
      files: [
        { name: 'acceptedEpoch', size: 1 },
        { name: 'currentEpoch', size: 1 },
        { name: 'log.100000001', size: log.length },
        { name: 'snapshot.100000005', size: 9 },
        { name: 'snapshot.100000009', size: 12 },
        { name: 'snapshot.10000000a.gz', size: 0 },
      ],
      whole: new Set(['snapshot.100000005', 'snapshot.10000000a.gz']),
      currentEpoch: 1,
      acceptedEpoch: 2,
    })
    host.run('rm -rf dman/data')
    expect(await locked.ask(dataFiles, {})).toMatchObject({ files: [], currentEpoch: undefined })
  })

  it('holds on to files that ZooKeeper purges, and lets go of what a dead run held', async () => {
    await link('backup.dead')
    await link()
    expect(below('tmp')).toEqual(['backup.ab'])
    host.run('rm dman/data/version-2/log.100000001')
    expect(readFileSync(path.join(host.dman, 'tmp/backup.ab/version-2/log.100000001'), 'latin1')).toBe(log)
    await locked.change(sweep, { paths: ['tmp/backup.ab'] })
    expect(below('tmp')).toEqual([])
  })

  it('fails where a file went meanwhile', async () => {
    expect(await failing(link('backup.ab', [...names, 'log.100000099']))).toMatchObject({ exit: 1 })
  })

  it('is streamed as it is, and ends with its end', async () => {
    await link()
    const stream = await locked.open(backupStream, { folder: 'backup.ab', names })
    const pieces: Buffer[] = []
    for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece)
    const text = gunzipSync(Buffer.concat(pieces)).toString('latin1')
    expect(text).toBe(`9 snapshot.100000005\ngood\0\0\0\x01/${log.length} log.100000001\n${log}0 end\n`)
  })

  it('is not streamed once it is gone', async () => {
    // What came before it failed counts for nothing.
    const pieces: unknown[] = []
    const none = async () => {
      for await (const piece of await locked.open(backupStream, { folder: 'backup.no', names })) pieces.push(piece)
    }
    expect((await failing(none())).got).toContain('tmp/backup.no')
  })

  describe('replayed', () => {
    beforeEach(async () => {
      await bring(locked, [loading, zookeeper])
      await link()
    })
    const text = (file: string) => readFileSync(path.join(host.dman, file), 'latin1')
    const replayed = (more: Partial<Replaying> = {}) => {
      const whole = text('tmp/backup.ab/version-2/snapshot.100000005')
      return locked.change(replay, {
        from: 'tmp/backup.ab/version-2',
        files: [
          { name: 'snapshot.100000005', size: 9, sha256: sha256(Buffer.from(whole, 'latin1')) },
          { name: 'log.100000001', size: 1000, sha256: sha256('x'.repeat(1000)) },
        ],
        java: java.release,
        zookeeper: zookeeper.release,
        heap: 64.5,
        options: ['-Djute.maxbuffer=4194304', '-Dzookeeper.a=b c'],
        patience: 20,
        ...more,
      })
    }

    it('is the very bytes that were received, in a process that ends, and nothing is left of it', async () => {
      const before = statSync(path.join(host.dman, 'data/version-2/log.100000001'))
      host.banner = withCores
      expect(await replayed()).toBe('0000000100000017')
      expect(text('replayed')).toBe(`${'x'.repeat(1000)}good\0\0\0\x01/`)
      expect(text('cores')).toBe('0\n')
      const options = text('arguments').split('\n')
      expect(options.slice(0, 2)).toEqual(['-Xmx65m', '-XX:-UsePerfData'])
      expect(options).toEqual(expect.arrayContaining(['-Djute.maxbuffer=4194304', '-Dzookeeper.a=b c']))
      expect(options.at(-4)).toMatch(/^releases\/zookeeper-b+\/lib\/a.jar:releases\/zookeeper-b+\/lib\/b.jar$/)
      expect(below('tmp')).toEqual(['backup.ab'])
      expect(statSync(path.join(host.dman, 'data/version-2/log.100000001'))).toMatchObject({ size: before.size })
      expect(host.run('ps 2>/dev/null | grep "[s]leep 30" || :')).toBe('')
      const { laid } = await locked.ask(observe, { ports: [] })
      expect(laid).toMatchObject({ value: { server: { is: 'absent' }, running: [] } })
    })

    it('is refused where its bytes are others, and where ZooKeeper cannot load it', async () => {
      const files = [{ name: 'snapshot.100000005', size: 9, sha256: sha256('another') }]
      expect((await failing(replayed({ files }))).got).toContain('not what was meant')
      host.write('tmp/backup.ab/version-2/snapshot.100000005', 'bad\0\0\0\0\x01/')
      expect((await failing(replayed())).got).toContain('CRC check failed')
    })

    it('is ended when its time is over', async () => {
      host.write('tmp/backup.ab/version-2/snapshot.100000005', 'slow\0\0\0\x01/')
      const failure = await failing(replayed({ patience: 1 }))
      expect(failure.got).toContain('not over after 1 s')
      expect(below('tmp')).toEqual(['backup.ab'])
    })
  })
})
