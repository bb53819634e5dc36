import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { lay, type Laying } from '../../src/remote/lay.ts'
import { observe } from '../../src/remote/observe.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

const strange = `#!/bin/sh\n# it's $(touch ~/harm) \`touch ~/harm\` \\ %s é\n\n\n  last`
const conf = {
  release: 'conf-0123456789ab',
  files: { format: 'format: 1\n', 'zoo.cfg': new Secret('secret=1\n'), jvm: '' },
  links: { java: 'java-aaaaaaaaaaaa', zookeeper: 'zookeeper-bbbbbbbbbbbb' },
}
const all: Laying = {
  folders: ['log', 'tmp'],
  files: [
    { path: 'bin/start', text: strange },
    { path: 'bin/stop', text: 'x\n' },
    { path: 'run/note', text: 'y' },
  ],
  confs: [conf],
}

describe.each(kinds)('lay ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())

  it('case 12: lays files, folders and conf releases with their modes, as they are, and leaves nothing else', async () => {
    const { locked } = await host.lock()
    expect(await locked.change(lay, all)).toEqual(['bin/start', 'bin/stop', 'run/note', 'releases/conf-0123456789ab'])
    expect(readFileSync(path.join(host.dman, 'bin/start'), 'utf8')).toBe(strange)
    expect(readFileSync(path.join(host.dman, 'releases/conf-0123456789ab/zoo.cfg'), 'utf8')).toBe('secret=1\n')
    const listing = host.run(
      'cd dman; find . ! -type l ! -path "./run/lock*" | sort | xargs stat -c "%a %n"; cd releases/conf*; readlink java; readlink zookeeper',
    )
    expect(listing.trim().split('\n').slice(0, 15)).toEqual([
      '700 .',
      '700 ./bin',
      '700 ./bin/start',
      '700 ./bin/stop',
      '700 ./log',
      '700 ./releases',
      '700 ./releases/conf-0123456789ab',
      '600 ./releases/conf-0123456789ab/format',
      '600 ./releases/conf-0123456789ab/jvm',
      '600 ./releases/conf-0123456789ab/zoo.cfg',
      '700 ./run',
      '600 ./run/note',
      '700 ./tmp',
      '../java-aaaaaaaaaaaa',
      '../zookeeper-bbbbbbbbbbbb',
    ])
    const { laid } = await locked.ask(observe, { ports: [] })
    expect(laid).toMatchObject({ is: 'present', value: { leftovers: [], running: [], open: [] } })
  })

  it('may be repeated, and replaces what was altered', async () => {
    const { locked } = await host.lock()
    await locked.change(lay, all)
    host.run(
      'cd dman; echo other >bin/start; echo other >>releases/conf-0123456789ab/zoo.cfg; : >releases/conf-0123456789ab/more',
    )
    await locked.change(lay, all)
    expect(readFileSync(path.join(host.dman, 'bin/start'), 'utf8')).toBe(strange)
    expect(host.run('cd dman/releases/conf-0123456789ab && ls && cat zoo.cfg')).toBe(
      'format\njava\njvm\nzoo.cfg\nzookeeper\nsecret=1\n',
    )
  })

  it('shuts group and others out of what observe named', async () => {
    const { locked } = await host.lock()
    host.write('data/zoo cfg', '')
    host.run('cd dman && chmod 711 . && chmod 755 data && chmod 644 "data/zoo cfg"')
    const open = async () => {
      const { laid } = await locked.ask(observe, { ports: [] })
      return laid.is === 'present' ? laid.value.open : ['?']
    }
    expect(await open()).toHaveLength(3)
    await locked.change(lay, { closed: await open() })
    expect(await open()).toEqual([])
    expect(host.run('stat -c %a dman dman/data "dman/data/zoo cfg"')).toBe('700\n700\n600\n')
  })

  it('a folder where a file is to be is told, and nothing is laid into it', async () => {
    const { locked } = await host.lock()
    host.run('mkdir -p dman/bin/stop')
    expect(await failing(locked.change(lay, all))).toMatchObject({ exit: 1, got: '~/dman/bin/stop is a folder' })
    expect(host.run('ls -A dman/bin/stop dman/tmp')).toBe('dman/bin/stop:\n\ndman/tmp:\n')
  })

  it('case 8: what cannot be written whole never appears', async () => {
    const { locked } = await host.lock()
    // ENOSPC at every write, without a file system of its own: dd is what writes
    host.tool('dd', '#!/bin/sh\nfor a; do case $a in of=*) printf x >"${a#of=}" ;; esac; done\nexit 1\n')
    expect(await failing(locked.change(lay, all))).toMatchObject({
      exit: 1,
      hint: expect.stringContaining('df') as string,
    })
    host.tool('dd', '#!/bin/sh\nfor a; do case $a in of=*) printf x >"${a#of=}" ;; esac; done\n')
    expect(await failing(locked.change(lay, all))).toMatchObject({
      exit: 1,
      got: expect.stringContaining('not what was sent') as string,
    })
    expect(host.run('cd dman; ls -A bin releases tmp')).toBe('bin:\n\nreleases:\n\ntmp:\n')
  })

  it('a path that leads elsewhere is refused before anything is sent', async () => {
    const { locked } = await host.lock()
    const calls = host.events.length
    for (const file of ['../x', '/etc/x', 'a/../../x', 'a b', '-x', 'x\ny', ''])
      expect(await failing(locked.change(lay, { files: [{ path: file, text: '' }] }))).toMatchObject({ got: file })
    expect(host.events.slice(calls).every((event) => event.is === 'call' && event.outcome === 'failed')).toBe(true)
  })
})
