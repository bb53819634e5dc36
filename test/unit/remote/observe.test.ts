import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { observe } from '../../../src/remote/observe.ts'

const machine: readonly (readonly [string, string])[] = [
  ['boot', '1b9aa46a-aa80-4620-a58d-fa41f5aa34fe'],
  ['uptime', '100.50'],
  ['arch', 'x86_64'],
  ['libc', 'glibc 2.17'],
  ['home', '/home/dman'],
  ['openfiles', '4096'],
  ['links', '  1234 drwx------ 9 d d 4096 Jan  1 10:00 .'],
  ['space', '1000 4096 500 400 2000'],
  [
    'system',
    'listen 0100007F:0884 1000 77 asked\nlisten 00000000:0016 0 5\nbtime 1700000000\nmount xfs rw,noexec 253:1\nmemory 2000 1000',
  ],
  ['cron', 'yes'],
  ['crontabstatus', '1'],
  ['crontabwords', 'no crontab for dman'],
]
const hostFacts = (...more: readonly (readonly [string, string])[]) =>
  observe.result([...machine, ...more], { ports: [] }, 'zk1')
const laidFacts = (...more: readonly (readonly [string, string])[]) => {
  const { laid } = hostFacts(['there', 'yes'], ['living', ''], ['stale', ''], ['open', ''], ['alive', 'no'], ...more)
  if (laid.is !== 'present') throw new Error(laid.is)
  return laid.value
}
const changed = (key: string, value: string) =>
  machine.map((record) => (record[0] === key ? ([key, value] as const) : record))

describe('observe', () => {
  it('asks for ports as /proc/net/tcp writes them', () => {
    expect(observe.variables({ ports: [2180, 80] })).toEqual({ alone: 'no', ports: '0884 0050' })
  })

  it('names the host in what it could not find out', () => {
    const { laid, lock } = hostFacts(['there', 'closed'])
    const { crontab } = observe.result(
      [...changed('crontabwords', 'not allowed'), ['there', 'no']],
      { ports: [] },
      'zk1',
    )
    const hosts = [laid, lock, crontab].map((fact) => fact.is === 'unknown' && fact.why.host)
    expect(hosts).toEqual(['zk1', 'zk1', 'zk1'])
  })

  it('tells the machine', () => {
    const facts = hostFacts(['there', 'no'], ['owner', '42 77 java'])
    expect(facts).toMatchObject({
      host: 'zk1',
      laid: { is: 'absent' },
      lock: { is: 'absent' },
      crontab: { is: 'absent' },
      machine: {
        now: 1700000101,
        glibc: { is: 'present', value: '2.17' },
        place: { device: '253:1', inode: '1234' },
        filesystem: {
          ...{ type: 'xfs', noexec: true, readOnly: false, freeBytes: 4_096_000, totalBytes: 8_192_000 },
          ...{ freeInodes: 400, totalInodes: 500 },
        },
        memory: { totalBytes: 2_048_000, availableBytes: 1_024_000 },
        openFiles: 4096,
        listening: [
          {
            port: 2180,
            address: '127.0.0.1',
            owner: { is: 'present', value: { pid: 42, command: 'java', uid: 1000 } },
            ours: false,
          },
          { port: 22, address: '0.0.0.0', owner: { is: 'unknown' }, ours: false },
        ],
        cron: { allowed: { is: 'present', value: true }, running: { is: 'present', value: true } },
        missing: [],
      },
    })
  })

  it('takes for listening what still does, where it was looked at twice', () => {
    const ports = (...records: [string, string][]) =>
      hostFacts(...records).machine.listening.map(({ port, ours }) => [port, ours])
    const [socket, other] = hostFacts(['there', 'no']).machine.listening
    expect([socket?.port, other?.port]).toEqual([2180, 22])
    expect(ports(['there', 'no'], ['still', 'whole'])).toEqual([])
    expect(ports(['there', 'no'], ['owner', '42 77 java'], ['still', 'whole'])).toEqual([[2180, false]])
    const still = '0100007F:0884\nwhole'
    expect(ports(['there', 'no'], ['still', still])).toEqual([[2180, false]])
    expect(ports(['there', 'no'], ['owner', '42 77 java'], ['servernow', '42'], ['still', still])).toEqual([
      [2180, true],
    ])
    // a look that broke off
    expect(ports(['there', 'no'], ['still', ''])).toEqual(ports(['there', 'no']))
    expect(ports(['there', 'no'], ['still', '0100007F:0884'])).toEqual(ports(['there', 'no']))
  })

  it.each([
    ['glibc 2.34', { is: 'present', value: '2.34' }],
    ['ldd (GNU libc) 2.17\nCopyright', { is: 'present', value: '2.17' }],
    ['ldd (Debian GLIBC 2.36-9+deb12u10) 2.36', { is: 'present', value: '2.36' }],
    ['musl libc (x86_64)\nVersion 1.2.4', { is: 'absent' }],
    ['sh: ldd: not found', { is: 'unknown' }],
    ['', { is: 'unknown' }],
  ])('case 17: tells the libc from %j', (libc, glibc) => {
    const facts = observe.result([...changed('libc', libc), ['there', 'no']], { ports: [] }, 'zk1')
    expect(facts.machine.glibc).toMatchObject(glibc)
  })

  it('takes file systems that make inodes as needed for ones with room', () => {
    const facts = observe.result([...changed('space', '1 1 0 0 1'), ['there', 'no']], { ports: [] }, 'zk1')
    expect(facts.machine.filesystem.freeInodes).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each(machine.filter(([key]) => !['crontabwords'].includes(key)).map(([key]) => key))(
    'an answer without %s is a failure',
    (key) => {
      const records = [...machine.filter(([name]) => name !== key), ['there', 'no'] as const]
      expect(() => observe.result(records, { ports: [] }, 'zk1')).toThrow(Failure)
    },
  )

  it('says only of a living server of ours that a port is ours', () => {
    const server = ['server', 'format: 1\npid: 42\nstart: 9\nnonce: n\nconf: conf-0123456789ab\n'] as const
    const base = [['there', 'yes'], ['owner', '42 77 java'], ['living', ''], ['open', ''], server] as const
    expect(hostFacts(...base, ['alive', 'yes']).machine.listening[0]?.ours).toBe(true)
    expect(hostFacts(...base, ['alive', 'no']).machine.listening[0]?.ours).toBe(false)
  })

  it('tells for how long a server lives, where it does and that can be told', () => {
    const server = (start: string, alive: string) =>
      laidFacts(['server', `pid: 42\nstart: ${start}\nnonce: n\nconf: conf-0123456789ab\n`], ['alive', alive]).server
    const ageOf = (start: string, alive = 'yes') => {
      const fact = server(start, alive)
      return fact.is === 'present' ? fact.value.age : undefined
    }
    expect(ageOf('4050')).toBeCloseTo(60)
    expect(ageOf('4050', 'no')).toBeUndefined()
    expect(ageOf('some')).toBeUndefined()
  })

  it('tells trouble as unknown, never as absent', () => {
    expect(hostFacts(['there', 'closed'])).toMatchObject({ laid: { is: 'unknown' }, lock: { is: 'unknown' } })
    expect(hostFacts(['there', 'yes'], ['trouble', 'cannot read data'])).toMatchObject({
      laid: { is: 'unknown', why: { got: 'cannot read data' } },
    })
    expect(laidFacts(['unreadable', 'stamp']).data).toMatchObject({ is: 'held', stamp: { is: 'unknown' } })
    expect(laidFacts(['stamp', 'garbage']).data).toMatchObject({ is: 'held', stamp: { is: 'unknown' } })
    expect(laidFacts(['served', '../x\n']).served.is).toBe('unknown')
    expect(laidFacts(['served', 'conf-0123456789ab\n']).previous.is).toBe('absent')
    expect(laidFacts(['served', 'conf-0123456789ab\n../x\n'])).toMatchObject({
      served: { is: 'present' },
      previous: { is: 'unknown' },
    })
    expect(laidFacts(['server', 'garbage']).server.is).toBe('unknown')
    expect(
      laidFacts(['links', '9 drwx------ 9 d d 9 Jan 1 10:00 .\n12 lrwxrwxrwx 1 d d 4 Jan 1 10:00 current -> /tmp'])
        .current.is,
    ).toBe('unknown')
    expect(
      laidFacts(['links', '9 drwx------ 9 d d 9 Jan 1 10:00 .\n12 drwx------ 1 d d 4 Jan 1 10:00 current']).current.is,
    ).toBe('unknown')
  })

  it('tells a lock, and how old its heartbeat is', () => {
    const lock = 'token: ab\nformat: 1\nwho: ann@x\nsince: 5\nmachine: m\noperator-boot: b\npid: 7\nstart: 8\nboot: c\n'
    expect(hostFacts(['there', 'no'], ['lock', lock], ['beat', '90.25']).lock).toEqual({
      is: 'present',
      value: {
        token: 'ab',
        who: 'ann@x',
        since: 5,
        operator: { machine: 'm', boot: 'b', pid: 7, start: '8' },
        boot: 'c',
        age: 10.25,
        format: 1,
      },
    })
    expect(hostFacts(['there', 'no'], ['lock', lock]).lock).toMatchObject({ value: { age: 100.5 } })
    expect(hostFacts(['there', 'no'], ['lock', lock], ['beat', '200']).lock).toMatchObject({ value: { age: 0 } })
  })

  it('case 37: leaves what a living script writes out of the left-overs', () => {
    const facts = laidFacts(
      ['living', 'unpack 12 99 ab \nsend 13 98 ab java.tar.gz\n'],
      ['stale', 'run/changing.lay.1.1.cd\n'],
      ...['tmp/work.12', 'tmp/java.tar.gz', 'tmp/work.13', 'tmp/work.14', 'tmp/other'].map(
        (left) => ['left', left] as const,
      ),
    )
    expect(facts.leftovers).toEqual(['tmp/work.14', 'tmp/other', 'run/changing.lay.1.1.cd'])
    expect(facts.running).toEqual([
      { script: 'unpack', pid: 12, start: '99', token: 'ab' },
      { script: 'send', pid: 13, start: '98', token: 'ab' },
    ])
  })
})
