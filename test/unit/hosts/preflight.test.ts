import { describe, expect, it } from 'vitest'
import { desiredHost } from '../../../src/hosts/desired.ts'
import {
  type Finding,
  type Known,
  laterVersions,
  preflight,
  type Question,
  refusals,
} from '../../../src/hosts/preflight.ts'
import type { Archive } from '../../../src/local/archive.ts'
import { absent, type Fact, present, unknown } from '../../../src/model/fact.ts'
import { exitOf, Failure } from '../../../src/model/failure.ts'
import type { DataFacts, HostFacts, MachineFacts } from '../../../src/remote/host-facts.ts'
import { archive, host, type HostBuilder, inventory, inventoryHost, lockFacts, materials } from './build.ts'

const MiB = 1024 * 1024
const archives = [archive('java'), archive('zookeeper')]
const knownOf = (more: Partial<Known> = {}): Known => ({ inventory: inventory(), archives, founding: absent, ...more })
const unread = unknown(new Failure({ step: 'observe', got: 'permission denied', hint: 'look there' }))

/** Findings of zk1 as given, beside a healthy zk2 and zk3. */
function findings(zk1: HostBuilder, known = knownOf(), others: readonly HostBuilder[] = [host(2), host(3)]) {
  const facts = new Map<string, Fact<HostFacts>>([zk1, ...others].map((one) => [one.facts.host, present(one.facts)]))
  return preflight(known, facts)
}
const bad = (all: readonly Finding[]) => all.filter(({ level }) => level !== 'ok')
const told = (all: readonly Finding[]) => bad(all).map(({ host: name, level, got }) => `${name} ${level}: ${got}`)
const machine = (more: Partial<MachineFacts>) => told(findings(host(1).machine(more)))
const filesystem = (more: Partial<MachineFacts['filesystem']>) =>
  machine({ filesystem: { ...host(1).facts.machine.filesystem, ...more } })

describe('preflight', () => {
  it('finds three healthy hosts fine, and asks each every question', () => {
    const all = findings(host(1))
    expect(bad(all)).toEqual([])
    const questions: Question[] = [
      ...(['login', 'tools', 'platform', 'libc', 'disk', 'inodes', 'memory', 'exec', 'file system'] as const),
      ...(['open files', 'cron', 'logout', 'ports', 'format', 'data', 'clock', 'machine'] as const),
    ]
    expect(all.filter((one) => one.host === 'zk2').map(({ question }) => question)).toEqual(questions)
  })

  it('every finding that is not fine says what to do, every refusal has an exit code', () => {
    const all = bad(findings(host(1).machine({ arch: 's390x', openFiles: 100 }).laid({ format: 2 })))
    expect(all.length).toBe(3)
    expect(all.filter(({ hint }) => hint === '')).toEqual([])
    expect(refusals(all).map(({ exit, step }) => [step, exit])).toEqual([
      ['preflight, platform', 1],
      ['preflight, format', 5],
    ])
    expect(exitOf(refusals(all))).toBe(5)
  })

  it('case 42: hosts that hold what a later version wrote are told apart from all others', () => {
    const facts = [host(1).laid({ format: 2 }).facts, host(2).laid({ format: 1 }).facts, host(3).facts]
    const all = new Map<string, Fact<HostFacts>>(facts.map((one) => [one.host, present(one)]))
    expect(laterVersions(all).map(({ host: name, exit }) => [name, exit])).toEqual([['zk1', 5]])
    expect(laterVersions(new Map([['zk1', unread]]))).toEqual([])
  })

  it('a host that could not be observed is one refusal with its own exit code', () => {
    const why = new Failure({ host: 'zk1', step: 'connect', got: 'no route', hint: 'look', exit: 4 })
    const all = preflight(knownOf({ inventory: inventory(2) }), new Map([['zk1', unknown(why)]]))
    expect(refusals(all).map(({ host: name, got, exit }) => [name, got, exit])).toEqual([
      ['zk1', 'connect: no route', 4],
      ['zk2', 'was not observed', 4],
    ])
  })

  it('asks a host that leaves only about its data', () => {
    const hosts = [inventoryHost(1, { role: 'absent' }), inventoryHost(2), inventoryHost(3)]
    const all = findings(
      host(1).machine({ arch: 's390x', now: 0 }).stamped({ id: 9 }),
      knownOf({ inventory: inventory(3, { hosts }) }),
    )
    expect(told(all)).toEqual(['zk1 refusal: its data is that of zk1 with id 9'])
  })
})

describe('the machine', () => {
  it('case 8: refuses too little disk, with numbers', () => {
    expect(filesystem({ freeBytes: 200 * MiB })).toEqual([
      `zk1 refusal: 200 MiB free, 288 MiB needed for ${archives.map(({ release }) => release).join(', ')} and to run on`,
    ])
    expect(filesystem({ freeBytes: 288 * MiB })).toEqual([])
  })
  it('case 8: counts only what is still missing; with all there it is a warning', () => {
    const little = { filesystem: { ...host(1).facts.machine.filesystem, freeBytes: 100 * MiB, freeInodes: 9 } }
    const laid = host(1)
      .asDesired(desiredHost(inventory(), 'zk1', materials()))
      .machine(little)
    expect(told(findings(laid))).toEqual([
      'zk1 warning: 100 MiB free, 128 MiB needed to run on',
      'zk1 warning: 9 free, 1000 needed to run on',
    ])
  })
  it('case 8: refuses too few inodes, but where a file system counts none', () => {
    expect(filesystem({ freeInodes: 1599 })).toHaveLength(1)
    expect(filesystem({ freeInodes: 1600 })).toEqual([])
    expect(filesystem({ freeInodes: 0 })).toHaveLength(1)
    expect(filesystem({ freeInodes: 0, type: 'btrfs' })).toEqual([])
  })

  it('refuses a home that is mounted read-only, with words that say where to look', () => {
    expect(filesystem({ readOnly: true })).toEqual([
      'zk1 refusal: /home/dman is mounted read-only: nothing can be written there',
    ])
  })

  it('case 9: refuses noexec and network file systems', () => {
    expect(filesystem({ noexec: true })).toEqual(['zk1 refusal: /home/dman is mounted noexec: Java cannot run there'])
    expect(filesystem({ type: 'nfs4' })).toEqual(['zk1 refusal: /home/dman is on nfs4, a network file system'])
    for (const type of ['nfs', 'cifs', 'smb2', 'fuse.sshfs', 'ceph', '9p']) expect(filesystem({ type })).toHaveLength(1)
    for (const type of ['xfs', 'ext2/ext3', 'ext4', 'tmpfs', 'overlay', 'btrfs', 'zfs', 'fuseblk'])
      expect(filesystem({ type })).toEqual([])
  })

  it('case 17: refuses another architecture, an older libc or another one', () => {
    expect(machine({ arch: 'aarch64' })).toEqual(['zk1 refusal: aarch64, but the Java archive is for x86_64'])
    expect(machine({ glibc: present('2.9') })).toEqual(['zk1 refusal: glibc 2.9, but the Java archive wants 2.17'])
    expect(machine({ glibc: absent })).toEqual(['zk1 refusal: no glibc, but the Java archive wants glibc 2.17'])
    expect(machine({ glibc: unread })).toEqual(['zk1 warning: could not be told: permission denied'])
    expect(machine({ glibc: present('2.34') })).toEqual([])
  })

  it('case 17: refuses a Java of musl on a host of glibc, and the other way round', () => {
    const on = (glibc: MachineFacts['glibc'], more: Partial<Archive>) => {
      const java = archive('zookeeper', 'as java', { kind: 'java', ...more })
      const known = knownOf({ inventory: inventory(1), archives: [java, archive('zookeeper')] })
      return told(findings(host(1).machine({ glibc }), known, []))
    }
    expect(on(present('2.17'), { libc: 'musl' })).toEqual([
      'zk1 refusal: glibc 2.17, but the Java archive is built for musl',
    ])
    expect(on(absent, { libc: 'musl' })).toEqual([])
    expect(on(absent, { libc: 'glibc' })).toEqual(['zk1 refusal: no glibc, but the Java archive wants glibc'])
    expect(on(absent, {})).toEqual([])
    expect(on(present('2.17'), {})).toEqual([])
  })

  it('weighs memory against the heap', () => {
    expect(machine({ memory: { totalBytes: 600 * MiB, availableBytes: 1 } })).toEqual([
      'zk1 refusal: 600 MiB in all, 640 MiB needed for heap 512m',
    ])
    const tight = { memory: { totalBytes: 2000 * MiB, availableBytes: 100 * MiB } }
    expect(machine(tight)).toEqual(['zk1 warning: 100 MiB left, 640 MiB needed for heap 512m'])
    const running = host(1)
      .asDesired(desiredHost(inventory(), 'zk1', materials()))
      .machine(tight)
    expect(told(findings(running))).toEqual([])
  })

  it('refuses missing tools and warns of few open files', () => {
    expect(machine({ missing: ['tar', 'awk'] })).toEqual(['zk1 refusal: tar, awk not found'])
    expect(machine({ openFiles: 1024 })).toEqual(['zk1 warning: at most 1024'])
    expect(machine({ openFiles: 'unlimited' })).toEqual([])
  })

  const socket = { port: 2180, address: '0.0.0.0', owner: absent, ours: false }
  it('case 15: refuses a port that someone else has, and names the owner where visible', () => {
    expect(machine({ listening: [socket] })).toEqual([
      'zk1 refusal: client port 2180 is taken on 0.0.0.0 by a process that this user may not see',
    ])
    const owner = present({ pid: 9, command: 'redis', uid: 4 })
    expect(machine({ listening: [{ ...socket, port: 3889, address: '10.0.0.11', owner }] })).toEqual([
      'zk1 refusal: election port 3889 is taken on 10.0.0.11 by redis (pid 9, uid 4)',
    ])
  })
  it('case 15: our own server, another address and another port are fine', () => {
    const listening = [
      { ...socket, ours: true },
      { ...socket, address: '127.0.0.1' },
      { ...socket, port: 22 },
    ]
    expect(machine({ listening })).toEqual([])
  })

  const cronOf = (more: Partial<MachineFacts['cron']>) =>
    machine({ cron: { allowed: present(true), running: present(true), ...more } })
  it('case 36: says that nothing is written to a crontab that is forbidden or unknown, and what follows', () => {
    expect(cronOf({ allowed: present(false) })).toEqual(['zk1 warning: this user may not use crontab'])
    expect(cronOf({ allowed: absent })).toEqual(['zk1 warning: there is no crontab command'])
    expect(cronOf({ running: present(false) })).toEqual(['zk1 warning: crond does not run'])
    expect(cronOf({ running: unread })).toEqual(['zk1 warning: whether crond runs is not known: permission denied'])
    const [finding] = bad(findings(host(1).with({ crontab: unread })))
    expect(finding?.got).toBe('the crontab cannot be read: permission denied')
    expect(finding?.hint).toBe(
      'nothing is written to it: after a reboot the member stays down until `dman-bootstrap up`',
    )
  })
})

describe('hosts among each other', () => {
  const at = (id: number, seconds: number) => host(id).machine({ now: 1_700_000_000 + seconds })
  const skews = (...seconds: [number, number, number]) =>
    told(findings(at(1, seconds[0]), knownOf(), [at(2, seconds[1]), at(3, seconds[2])]))
  it('case 13: warns of clocks more than 30 s apart, names hosts and skew', () => {
    expect(skews(0, 0, 30)).toEqual([])
    expect(skews(0, 0, 45)).toEqual(['zk3 warning: 45 s ahead of zk2'])
    expect(skews(-60, 1, 0)).toEqual(['zk1 warning: 60 s behind zk3'])
    expect(skews(-20, 0, 20)).toEqual(['zk1 warning: 20 s behind zk2', 'zk3 warning: 20 s ahead of zk2'])
  })

  it('case 13: names this machine where its clock is the one that is off', () => {
    expect(skews(3600, 3600, 3600)).toEqual(['this machine warning: 3600 s behind zk1'])
    expect(skews(-40, -41, -39)).toEqual(['this machine warning: 40 s ahead of zk1'])
    expect(told(findings(at(1, 60), knownOf({ inventory: inventory(1) }), []))).toEqual([
      'zk1 warning: 60 s ahead of this machine',
    ])
  })

  it('case 14: refuses one home on one machine twice, warns of one machine with two homes', () => {
    const { boot, place } = host(1).facts.machine
    const twice = findings(host(1), knownOf(), [host(2).machine({ boot, place }), host(3)])
    expect(told(twice)).toEqual([
      'zk1 refusal: is one home on one machine with zk2',
      'zk2 refusal: is one home on one machine with zk1',
    ])
    const beside = findings(host(1), knownOf(), [host(2).machine({ boot }), host(3)])
    expect(told(beside)).toEqual(['zk1 warning: is on one machine with zk2', 'zk2 warning: is on one machine with zk1'])
    expect(told(findings(host(1), knownOf(), [host(2).machine({ place }), host(3)]))).toEqual([])
  })
})

describe('data', () => {
  const refused = (zk1: HostBuilder, known = knownOf()) =>
    refusals(findings(zk1, known)).map(({ host: name, got, exit }) => `${name} ${exit} ${got}`)

  it('of this very member is fine', () => expect(refused(host(1).stamped())).toEqual([]))
  it.each([
    ['another ensemble', host(1).stamped({ ensemble: 'other' }), 'its data is of the ensemble other'],
    ['another host', host(1).stamped({ host: 'zk2' }), 'its data is that of zk2 with id 1'],
    ['another id', host(1).stamped({ id: 4 }), 'its data is that of zk1 with id 4'],
    ['another myid', host(1).stamped({}, '4\n'), 'its data/myid says 4, the inventory 1'],
  ])('case 18: of %s is refused', (_, zk1, got) => expect(refused(zk1)).toEqual([`zk1 5 ${got}`]))

  it('case 18: without our stamp, or unreadable, is refused', () => {
    const laid = (more: Partial<DataFacts>) => host(1).stamped().data(more)
    expect(refused(laid({ stamp: absent }))).toEqual(['zk1 5 data/ holds something, and no stamp of ours'])
    expect(refused(laid({ stamp: unread }))).toEqual([
      'zk1 5 the stamp of its data could not be read: permission denied',
    ])
    expect(refused(laid({ myid: unread }))).toEqual(['zk1 5 its data/myid could not be read: permission denied'])
    expect(refused(host(1).with({ laid: unread }))).toEqual(['zk1 5 could not be read: permission denied'])
  })

  it('case 18: of another founding is refused, the recorded one or any that differ', () => {
    const recorded = knownOf({ founding: present('f1') })
    expect(refused(host(1).stamped({ founding: 'f1' }), recorded)).toEqual([])
    expect(refused(host(1).stamped({ founding: 'f2' }), recorded)).toEqual([
      'zk1 5 its data is of the founding f2, .dman records f1',
    ])
    const two = findings(host(1).stamped({ founding: 'f1' }), knownOf(), [host(2).stamped({ founding: 'f2' }), host(3)])
    expect(refusals(two).map(({ message }) => message)).toEqual([
      'zk1: preflight, data: its data is of the founding f1, that of zk2 is of f2',
      'zk2: preflight, data: its data is of the founding f2, that of zk1 is of f1',
    ])
  })

  it('case 42: of a later version is refused, in the home or in the lock', () => {
    const got = 'zk1 5 this was written by a later version (format 2)'
    expect(refused(host(1).laid({ format: 2 }))).toEqual([got])
    expect(refused(host(1).with({ lock: present(lockFacts({ format: 2 })) }))).toEqual([got])
    expect(refused(host(1).laid({ format: 1 }))).toEqual([])
  })
})

describe('a name as an address', () => {
  it('is warned of: the host may know it as a loopback address', () => {
    const named = [inventoryHost(1, { address: 'zk1.example.net' }), inventoryHost(2), inventoryHost(3)]
    const all = findings(host(1), knownOf({ inventory: { ...inventory(), hosts: named } }))
    expect(told(all).filter((text) => text.includes('127.0.1.1'))).toEqual([
      'zk1 warning: `zk1.example.net` is a name: the host itself may know it as a loopback address such as 127.0.1.1',
    ])
  })
})
