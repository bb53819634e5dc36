import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RestoreMark } from '../../src/remote/host-facts.ts'
import { lay } from '../../src/remote/lay.ts'
import { member } from '../../src/remote/member.ts'
import { observe } from '../../src/remote/observe.ts'
import type { Locked } from '../../src/remote/remote.ts'
import { markText, restoreMark, restoreRelease, restoreStage, restoreSwap } from '../../src/remote/restore-host.ts'
import { sweep } from '../../src/remote/sweep.ts'
import prelude from '../../templates/bin/prelude?text'
import start from '../../templates/bin/start?text'
import { tarball } from './archives.ts'
import { failing } from './failing.ts'
import { kinds, lives, type LocalHost, localHost } from './local-host.ts'

const sum = (text: string) => createHash('sha256').update(text).digest('hex')
const restore = 'abcdef012345'
const held: RestoreMark = { restore, phase: 'hold', since: 1_700_000_000, who: 'ann@laptop' }
const owner = { ensemble: 'dman', founding: 'f1', host: 'zk1', id: 1 }
const content = { 'snapshot.100000000': 'new snapshot', 'log.100000001': 'new log' }
const files = Object.entries(content).map(([name, text]) => ({ name, sha256: sum(text) }))
const packed = tarball({
  'manifest.json': '{}',
  ...Object.fromEntries(Object.entries(content).map(([name, text]) => [`version-2/${name}`, text])),
})
const aside = `data/aside.1700000000-${restore}`

describe.each(kinds)('a restore ($name)', (kind) => {
  let host: LocalHost
  let locked: Locked
  beforeEach(async () => {
    host = localHost(kind)
    locked = (await host.lock()).locked
    host.write('data/version-2/log.1', 'former')
    host.write('data/version-2/currentEpoch', '1')
    host.write('data/stamp', 'format: 1\nensemble: dman\nfounding: f1\nhost: zk1\nid: 1\n')
    host.write('data/myid', '1\n')
  })
  afterEach(() => host.remove())
  const text = (file: string) => readFileSync(path.join(host.dman, file), 'utf8')
  const below = (folder: string) => readdirSync(path.join(host.dman, folder)).sort()
  const stage = async (bytes = packed.bytes) => {
    await locked.send(Readable.from([bytes]), 'upload', bytes.length)
    await locked.change(restoreStage, { staged: 'upload', sum: packed.sha256, restore, files })
  }
  const mark = (phase: RestoreMark['phase'] = 'hold') => locked.change(restoreMark, { mark: { ...held, phase }, owner })
  const swap = (epoch = 7) => locked.change(restoreSwap, { mark: held, owner, files, epoch })
  const release = (givenUp = false) => locked.change(restoreRelease, { restore, owner, givenUp })
  const isRestored = (epoch: number) => {
    expect(below('data/version-2')).toEqual(['acceptedEpoch', 'currentEpoch', 'log.100000001', 'snapshot.100000000'])
    expect(text('data/version-2/snapshot.100000000')).toBe('new snapshot')
    expect([text('data/version-2/currentEpoch'), text('data/version-2/acceptedEpoch')]).toEqual([
      `${epoch}\n`,
      `${epoch}\n`,
    ])
    expect(text(`${aside}/version-2/log.1`)).toBe('former')
    expect(text('data/held')).toBe(markText({ ...held, phase: 'swapped' }))
  }

  it('stages what is verified, and nothing else', async () => {
    await stage()
    expect(below('tmp')).toEqual([`restore.${restore}`])
    const altered = Buffer.from(packed.bytes)
    altered.writeUInt8(altered.readUInt8(20) ^ 1, 20)
    expect((await failing(stage(altered))).got).toContain('came out with sha256')
    const wrong = [{ name: 'log.100000001', sha256: sum('another') }]
    await locked.send(Readable.from([packed.bytes]), 'upload', packed.bytes.length)
    const unpacking = locked.change(restoreStage, { staged: 'upload', sum: packed.sha256, restore: '00', files: wrong })
    expect((await failing(unpacking)).got).toContain('not what the backup lists')
    expect(below('tmp')).toEqual([`restore.${restore}`])
    expect(text('data/version-2/log.1')).toBe('former')
  })

  it('swaps a marked host, and takes the mark away only when all are said to be done', async () => {
    await stage()
    await mark()
    await swap()
    isRestored(7)
    expect(await failing(release())).toMatchObject({ exit: 5 })
    expect(await failing(release(true))).toMatchObject({ exit: 5 })
    await mark('release')
    expect(await failing(swap())).toMatchObject({ exit: 5 })
    await release()
    await release()
    expect(below('data')).toEqual([path.basename(aside), 'myid', 'stamp', 'version-2'])
    expect(below('tmp')).toEqual([])
  })

  it('case 40: a mark is seen, and nothing is started while it is there', async () => {
    await mark()
    const { laid } = await locked.ask(observe, { ports: [] })
    expect(laid).toMatchObject({ value: { data: { mark: { is: 'present', value: held } } } })
    await locked.change(lay, {
      files: [
        { path: 'bin/prelude', text: host.adapted(prelude) },
        { path: 'bin/start', text: host.adapted(start) },
      ],
      confs: [
        {
          release: 'conf-000000000001',
          files: { format: 'format: 1\n', 'zoo.cfg': '', jvm: '' },
          links: { java: 'java-aaaaaaaaaaaa', zookeeper: 'zookeeper-bbbbbbbbbbbb' },
        },
      ],
    })
    host.write('releases/java-aaaaaaaaaaaa/bin/java', '#!/bin/sh\n', 0o700)
    host.run('cd dman && ln -s releases/conf-000000000001 current')
    expect((await failing(locked.change(member, { start: true }))).got).toContain('a restore is under way')
    await release(true)
    expect((await failing(locked.change(member, { start: true }))).got).not.toContain('a restore')
  })

  it('case 40: swapping is finished wherever it was cut short, and the first former data is what stays aside', async () => {
    // the staged set already moved, the former data not yet
    await stage()
    await mark()
    host.run(`cd dman && mv tmp/restore.${restore}/version-2 data/restore.${restore}`)
    expect(await failing(swap())).toMatchObject({ exit: 1 })
    expect(text('data/version-2/log.1')).toBe('former')
    // the former data set aside, nothing in its place
    host.run(`cd dman && mkdir -p ${aside} && mv data/version-2 ${aside}/`)
    await stage()
    await swap()
    isRestored(7)
    // all of it in place, but for the mark's last word
    host.write('data/held', markText(held))
    await stage()
    await swap(8)
    isRestored(8)
    // done, and other epochs are asked for
    await swap(9)
    isRestored(9)
    expect(below('data').filter((name) => name.startsWith('restore.'))).toEqual([])
  })

  it('case 40: a set beside the data that was never put in its place is a left-over, and goes with the mark or the next set', async () => {
    const cutShort = () =>
      host.run(`cd dman && rm -rf data/restore.* && mv tmp/restore.${restore}/version-2 data/restore.${restore}`)
    const beside = () => below('data').filter((name) => name.startsWith('restore.'))
    await stage()
    await mark()
    cutShort()
    const { laid } = await locked.ask(observe, { ports: [] })
    const set = `data/restore.${restore}`
    expect(laid).toMatchObject({ value: { leftovers: [`tmp/restore.${restore}`, set] } })
    expect(await locked.change(sweep, { paths: [set, `${set}/x`] })).toEqual({ removed: [set], kept: [] })
    await stage()
    cutShort()
    await stage()
    expect(beside()).toEqual([])
    cutShort()
    await release(true)
    expect(below('data')).toEqual(['myid', 'stamp', 'version-2'])
    expect(text('data/version-2/log.1')).toBe('former')
  })

  it('case 18: is refused without its mark, with another’s, over another member’s data, and by another’s mark', async () => {
    await stage()
    expect(await failing(swap())).toMatchObject({ exit: 5 })
    host.write('data/held', markText({ ...held, restore: '000000000000' }))
    expect(await failing(swap())).toMatchObject({ exit: 5 })
    expect(await failing(release(true))).toMatchObject({ exit: 5 })
    const other = { mark: held, owner: { ...owner, founding: 'f2' } }
    expect(await failing(locked.change(restoreMark, other))).toMatchObject({ exit: 5 })
    await mark()
    expect(await failing(locked.change(restoreSwap, { ...other, files, epoch: 1 }))).toMatchObject({ exit: 5 })
    const given = { restore, owner: other.owner, givenUp: true, kept: 0 }
    expect(await failing(locked.change(restoreRelease, given))).toMatchObject({ exit: 5 })
    expect([existsSync(path.join(host.dman, 'data/held')), below('tmp')]).toEqual([true, [`restore.${restore}`]])
    host.write('data/held', 'format: 2\n')
    expect(await failing(mark())).toMatchObject({ exit: 5 })
    expect(text('data/version-2/log.1')).toBe('former')
  })

  it('keeps its own former data, also where that has the oldest name', async () => {
    for (const since of [1, 2, 3, 4]) host.write(`data/aside.180000000${since}-repair/x`, '')
    await stage()
    await mark()
    await swap()
    await mark('release')
    expect(await locked.change(restoreRelease, { restore, owner, givenUp: false })).toEqual([
      'data/aside.1800000001-repair',
    ])
    expect(text(`${aside}/version-2/log.1`)).toBe('former')
  })

  it('keeps only so much former data, and leaves no trace of a mark on an empty host', async () => {
    for (const since of [1, 2, 3, 4]) host.write(`data/aside.170000000${since}-ffffffffffff/version-2/x`, '')
    await release()
    expect(below('data').filter((name) => name.startsWith('aside'))).toHaveLength(3)
    expect(existsSync(path.join(host.dman, 'data/aside.1700000001-ffffffffffff'))).toBe(false)
    host.run('rm -rf dman/data')
    await mark()
    await release(true)
    expect(existsSync(path.join(host.dman, 'data'))).toBe(false)
  })

  it.each(['that run/server names', 'that nothing names any more'])(
    'never replaces data under a server %s',
    async (named) => {
      await stage()
      await mark()
      const nonce = 'fedcba9876543210'
      // as a member's Java looks among the processes
      const pid = Number(
        host.run(
          `cd dman && { sh -c 'while :; do sleep 1; done' -Ddman.nonce=${nonce} -Djava.io.tmpdir=x >/dev/null 2>&1 & echo $!; }`,
        ),
      )
      const began = host.run(`sed 's/.*) //' /proc/${pid}/stat | awk '{ print $20 }'`).trim()
      if (named === 'that run/server names')
        host.write('run/server', `format: 1\npid: ${pid}\nstart: ${began}\nnonce: ${nonce}\nconf: conf-000000000001\n`)
      try {
        expect(await failing(swap())).toMatchObject({ exit: 5, got: `a server of ours runs (pid ${pid})` })
        expect(below('data')).toEqual(['held', 'myid', 'stamp', 'version-2'])
        expect([text('data/version-2/log.1'), text('data/held')]).toEqual(['former', markText(held)])
        expect(below('tmp')).toEqual([`restore.${restore}`])
      } finally {
        host.run(`kill -9 ${pid}`)
      }
      await expect.poll(() => lives(pid)).toBe(false)
      await swap()
      isRestored(7)
    },
  )

  const found = { ...owner, members: ['server.1=a:1:2:participant;a:3'], initialize: false }
  it('founds an empty host under its mark before it swaps, and from the swap on it cannot be taken back', async () => {
    host.run('rm -rf dman/data')
    await stage()
    await mark()
    await locked.change(member, { found })
    await swap()
    const laid = [path.basename(aside), 'held', 'myid', 'stamp', 'version-2', 'zoo.cfg', 'zoo.cfg.dynamic']
    expect(below('data')).toEqual(laid)
    expect(text('data/version-2/log.100000001')).toBe('new log')
    // cut short before the mark's last word
    host.write('data/held', markText(held))
    expect(await failing(release(true))).toMatchObject({ exit: 5 })
    await mark('release')
    await release()
    expect(below('data')).toEqual(laid.slice(2))
  })

  it('writes the members anew, as newer than what any host knows', async () => {
    host.write('data/zoo.cfg', `tickTime=9\ndynamicConfigFile=${host.dman}/data/zoo.cfg.dynamic.100000000`)
    host.write('data/zoo.cfg.dynamic.100000000', 'server.1=former\nserver.2=gone\n')
    host.write('data/zoo.cfg.dynamic.next', 'server.1=former\n')
    await stage()
    await mark()
    await swap()
    const lines = { found: { ...found, anew: true, version: '700000000' } }
    await locked.change(member, lines)
    await locked.change(member, lines)
    const { laid } = await locked.ask(observe, { ports: [] })
    expect(laid).toMatchObject({ value: { members: { version: '700000000', lines: `${found.members.join()}\n` } } })
    expect(text('data/zoo.cfg')).toBe('dynamicConfigFile=./data/zoo.cfg.dynamic.700000000\n')
    expect(existsSync(path.join(host.dman, 'data/zoo.cfg.dynamic.next'))).toBe(false)
    isRestored(7)
  })

  it('case 40: is taken back while nothing was replaced, also not under a mark that this one came over', async () => {
    await stage()
    await mark()
    await mark()
    await release(true)
    expect(below('data')).toEqual(['myid', 'stamp', 'version-2'])
    expect([below('tmp'), text('data/version-2/log.1')]).toEqual([[], 'former'])
    const other = { ...held, restore: '000000000000', since: 1_600_000_000 }
    const overAnother = async () => {
      await mark()
      await mark()
      expect(text('data/held')).toBe(`${markText(held)}over: ${other.restore}\n`)
      expect(await failing(release(true))).toMatchObject({ exit: 5 })
      const { laid } = await locked.ask(observe, { ports: [] })
      const over = { ...held, over: other.restore }
      expect(laid).toMatchObject({ value: { data: { mark: { is: 'present', value: over } } } })
    }
    host.write('data/held', markText({ ...other, phase: 'swapped' }))
    await overAnother()
    // its mark had not said so yet
    host.write('data/held', markText(other))
    host.write('data/aside.1600000000-000000000000/version-2/log.1', '')
    await overAnother()
    host.run('rm -r dman/data/aside.*')
    host.write('data/held', markText(other))
    await mark()
    await release(true)
    expect(existsSync(path.join(host.dman, 'data/held'))).toBe(false)
  })
})
