import type { Archive } from '../../local/archive.ts'
import { heapBytes } from '../../model/heap.ts'
import { compareVersions } from '../../model/version.ts'
import { type HostFacts, liveServer } from '../../remote/host-facts.ts'
import { usableCrontab } from '../crontab.ts'
import { logoutProblem } from '../logout.ts'
import { countsInodes } from '../room.ts'
import { type Finding, type Known, ok, refusal, type Seen, warning } from './finding.ts'

const MiB = 1024 * 1024
/** ZooKeeper allocates a transaction log of 64 MiB at once; the rest is for a snapshot and our own logs. */
const margin = { bytes: 128 * MiB, inodes: 1000 }
/** What a JVM takes beside its heap: code, classes, threads, buffers. */
const besideHeap = 128 * MiB

/** What one machine is asked: can that which we bring along run there, and is there room for it. */
export const machineFindings = (known: Known, seen: Seen): readonly Finding[] => [
  tools(seen),
  ...known.archives.filter(({ kind }) => kind === 'java').flatMap((java) => [platform(java, seen), libc(java, seen)]),
  ...room(known, seen),
  memory(known, seen),
  exec(seen),
  fileSystem(seen),
  openFiles(seen),
  cron(seen),
  logout(seen),
]

function tools({ host, facts }: Seen): Finding {
  const { missing } = facts.machine
  if (missing.length === 0) return ok(host.name, 'tools', 'all there')
  return refusal(host.name, 'tools', `${missing.join(', ')} not found`, 'have it installed; any CentOS 7 brings it')
}

function platform(java: Archive, { host, facts }: Seen): Finding {
  const { arch } = facts.machine
  if (java.arch === undefined || java.arch === arch) return ok(host.name, 'platform', arch)
  const hint = `name a Java archive for ${arch} in the inventory`
  return refusal(host.name, 'platform', `${arch}, but the Java archive is for ${java.arch}`, hint)
}

function libc(java: Archive, { host, facts }: Seen): Finding {
  const { glibc } = facts.machine
  const older = 'name a Java archive built for an older system, such as Temurin, in the inventory'
  const other = (built: string) => `name a Java archive built for ${built} in the inventory`
  const refuse = (got: string, hint: string) => refusal(host.name, 'libc', got, hint)
  if (glibc.is === 'unknown')
    return warning(host.name, 'libc', `could not be told: ${glibc.why.got}`, 'see whether that host has glibc')
  if (glibc.is === 'absent') {
    if (java.glibc !== undefined || java.libc === 'glibc')
      return refuse(`no glibc, but the Java archive wants glibc ${java.glibc ?? ''}`.trimEnd(), other('musl'))
    return ok(host.name, 'libc', 'no glibc')
  }
  if (java.libc === 'musl')
    return refuse(`glibc ${glibc.value}, but the Java archive is built for musl`, other('glibc, such as Temurin,'))
  if (java.glibc !== undefined && compareVersions(glibc.value, java.glibc) < 0)
    return refuse(`glibc ${glibc.value}, but the Java archive wants ${java.glibc}`, older)
  return ok(host.name, 'libc', `glibc ${glibc.value}`)
}

const isThere = (archive: Archive, { laid }: HostFacts): boolean =>
  laid.is === 'present' && laid.value.releases.includes(archive.release)

/** Disk and inodes. Staged archives lie beside what is unpacked, so both count. Where all is there, little room is a warning. */
function room(known: Known, { host, facts }: Seen): readonly Finding[] {
  const missing = known.archives.filter((archive) => !isThere(archive, facts))
  const { freeBytes, freeInodes, type } = facts.machine.filesystem
  const bytes = missing.reduce((sum, { size, unpackedBytes }) => sum + size + unpackedBytes, margin.bytes)
  const inodes = missing.reduce((sum, { entries }) => sum + entries, margin.inodes)
  const tell = missing.length === 0 ? warning : refusal
  const what =
    missing.length === 0 ? 'to run on' : `for ${missing.map(({ release }) => release).join(', ')} and to run on`
  const disk = `${inMiB(freeBytes)} free`
  const counted = countsInodes({ freeInodes, type })
  return [
    freeBytes >= bytes
      ? ok(host.name, 'disk', disk)
      : tell(host.name, 'disk', `${disk}, ${inMiB(bytes)} needed ${what}`, `free at least ${inMiB(bytes - freeBytes)}`),
    !counted || freeInodes >= inodes
      ? ok(host.name, 'inodes', counted ? `${freeInodes} free` : `not counted by ${type}`)
      : tell(host.name, 'inodes', `${freeInodes} free, ${inodes} needed ${what}`, 'delete files that are not needed'),
  ]
}

const inMiB = (bytes: number): string => `${Math.ceil(bytes / MiB)} MiB`

function memory(known: Known, { host, facts }: Seen): Finding {
  const { totalBytes, availableBytes } = facts.machine.memory
  const { heap } = known.inventory.zookeeper
  const needed = heapBytes(heap) + besideHeap
  const { laid } = facts
  const runs = laid.is === 'present' && liveServer(laid.value) !== undefined
  const hint = 'lower zookeeper.heap in the inventory, or give the host more memory'
  if (totalBytes < needed)
    return refusal(host.name, 'memory', `${inMiB(totalBytes)} in all, ${inMiB(needed)} needed for heap ${heap}`, hint)
  if (!runs && availableBytes < needed)
    return warning(host.name, 'memory', `${inMiB(availableBytes)} left, ${inMiB(needed)} needed for heap ${heap}`, hint)
  return ok(host.name, 'memory', `${inMiB(availableBytes)} left of ${inMiB(totalBytes)}`)
}

function exec({ host, facts }: Seen): Finding {
  if (facts.machine.filesystem.readOnly) {
    const got = `${facts.machine.home} is mounted read-only: nothing can be written there`
    return refusal(host.name, 'exec', got, 'dmesg tells why: have the disk looked at, and mounted to be written')
  }
  if (!facts.machine.filesystem.noexec) return ok(host.name, 'exec', 'programs may run in the home')
  const hint = 'have it mounted without noexec, or name another home in the inventory'
  return refusal(host.name, 'exec', `${facts.machine.home} is mounted noexec: Java cannot run there`, hint)
}

const overNetwork =
  /^(nfs|cifs|smb|ncp|afs|9p|ceph|gluster|lustre|gpfs|beegfs|pvfs|coda|fuse\.?(ssh|gluster|ceph|s3|nfs))/i

function fileSystem({ host, facts }: Seen): Finding {
  const { type } = facts.machine.filesystem
  if (!overNetwork.test(type)) return ok(host.name, 'file system', type)
  const hint = 'name a home on a local disk in the inventory: ZooKeeper waits for each write to reach the disk'
  return refusal(host.name, 'file system', `${facts.machine.home} is on ${type}, a network file system`, hint)
}

function openFiles({ host, facts }: Seen): Finding {
  const { openFiles: limit } = facts.machine
  if (limit === 'unlimited' || limit >= 4096) return ok(host.name, 'open files', String(limit))
  const hint = 'each client and each member takes one: have the hard limit raised'
  return warning(host.name, 'open files', `at most ${limit}`, hint)
}

function cron({ host, facts }: Seen): Finding {
  const { running } = facts.machine.cron
  const usable = usableCrontab(facts)
  if (usable.is === 'unknown') return warning(host.name, 'cron', usable.why.got, usable.why.hint)
  if (running.is === 'unknown')
    return warning(host.name, 'cron', `whether crond runs is not known: ${running.why.got}`, ifNoCrond)
  return ok(host.name, 'cron', 'runs')
}

function logout({ host, facts }: Seen): Finding {
  const { logind } = facts.machine
  const problem = logoutProblem(facts)
  if (problem !== undefined) return warning(host.name, 'logout', problem.got, problem.hint)
  if (logind.is === 'unknown') return warning(host.name, 'logout', logind.why.got, ifKilled)
  return ok(host.name, 'logout', 'what was started stays')
}

const ifKilled = 'if KillUserProcesses is set there, members end as a run logs out: ask the administrator'

const ifNoCrond = 'if it does not, the member stays down after a reboot until `dman-bootstrap up`'
