import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../../src/remote/bundle.ts'
import { failing } from './failing.ts'
import { kinds, type LocalHost, localHost } from './local-host.ts'

describe.each(kinds)('bundle ($name)', (kind) => {
  let host: LocalHost
  beforeEach(() => {
    host = localHost(kind)
  })
  afterEach(() => host.remove())
  const bundled = () => host.remote.ask(bundle, { most: 160_000 })

  it('tells of the machine alone where nothing of ours is', async () => {
    host.run('mkdir log; echo foreign >log/zookeeper.log')
    const files = await bundled()
    expect(Object.keys(files)).toEqual(['machine.txt'])
    expect(files['machine.txt']).toContain('MemTotal')
  })

  it('has settings, listings and the ends of logs, of rolled ones no more than the newest; whatever bytes they have', async () => {
    host.write('log/zookeeper.log', `${'old\n'.repeat(50_000)}new\n`)
    host.write('log/zookeeper.log.1', `${'old\n'.repeat(50_000)}then\n`)
    host.write('log/zookeeper.log.2', 'older\n')
    host.write('log/zookeeper.log.10', 'oldest\n')
    host.write('log/server.out', 'a\u0000b ü $(touch ~/harm)\n@ begin\n')
    host.write('data/zoo.cfg', 'tickTime=1\n')
    host.write('releases/conf-1/zoo.cfg', 'tickTime=2\n')
    host.write('data/version-2/log.1', '')
    host.run('cd dman && ln -s releases/conf-1 current')
    const files = await bundled()
    expect(Object.keys(files).sort()).toEqual([
      'current/zoo.cfg',
      'data/zoo.cfg',
      'listing.txt',
      'log/server.out',
      'log/zookeeper.log',
      'log/zookeeper.log.1',
      'machine.txt',
      'process.txt',
    ])
    expect(files['log/zookeeper.log']).toHaveLength(160_000)
    expect(files['log/zookeeper.log']).toMatch(/old\nnew\n$/)
    expect(files['log/zookeeper.log.1']).toHaveLength(10_000)
    expect(files['log/server.out']).toBe('a\u0000b ü $(touch ~/harm)\n@ begin\n')
    expect(files['current/zoo.cfg']).toBe('tickTime=2\n')
    expect(files['listing.txt']).toMatch(/version-2:\n.*\n(.*\n)*.* log\.1$/m)
  })

  it('tells a home that it may not enter', async () => {
    host.write('log/zookeeper.log', '')
    host.run('chmod 000 dman')
    expect(await failing(bundled())).toMatchObject({ got: 'cannot enter ~/dman' })
    host.run('chmod 700 dman')
  })
})
