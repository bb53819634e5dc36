import { canonicalAddress } from '../model/address.ts'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { MachineFacts, ToldMachine } from './host-facts.ts'
import { logindFacts } from './logind-facts.ts'
import { allSaid, must, numberIn, odd, said } from './records.ts'
import type { Records } from './remote.ts'
import { addressIn } from './socket-address.ts'

/** What observe-machine.sh says. Throws a Failure where the answer is none of ours. */
export function machineFacts(records: Records): ToldMachine {
  const system = must(records, 'system').split('\n')
  const openFiles = must(records, 'openfiles')
  return {
    boot: must(records, 'boot'),
    now: timeOf(lineOf(system, 'btime'), must(records, 'uptime')),
    arch: must(records, 'arch'),
    glibc: glibc(must(records, 'libc')),
    home: must(records, 'home'),
    place: place(must(records, 'links'), lineOf(system, 'mount')),
    filesystem: filesystem(must(records, 'space'), lineOf(system, 'mount')),
    addresses: addressesOf(system),
    memory: memory(lineOf(system, 'memory')),
    openFiles: openFiles === 'unlimited' ? openFiles : numberIn(openFiles, 'the limit of open files'),
    listening: listening(records, system),
    cron: { allowed: cronAllowed(records), running: cronRunning(must(records, 'cron')) },
    logind: logindFacts(records, system),
    missing: allSaid(records, 'missing'),
  }
}

const lineOf = (lines: readonly string[], word: string): string =>
  lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? ''

const cannotTell = (got: string): Fact<never> =>
  unknown(new Failure({ step: 'observe', got, hint: 'look on the host' }))

/** `glibc 2.17` as getconf says, or the first line of `ldd --version`. */
function glibc(libc: string): Fact<string> {
  const version = /^glibc (\d+\.\d+)/.exec(libc) ?? /^ldd .*(?:GLIBC|GNU libc).* (\d+\.\d+)/m.exec(libc)
  if (version?.[1] !== undefined) return present(version[1])
  return /musl|uclibc/i.test(libc) ? absent : cannotTell('neither getconf nor ldd tells the libc')
}

/** Seconds since the epoch, within one: the time of the boot is told in whole ones. */
const timeOf = (btime: string, uptime: string): number =>
  Math.round(numberIn(btime, 'the time of the boot') + numberIn(uptime, 'the uptime'))

/** `listing`: of `ls -dil`, the folder itself first; `mount`: type, options and device. */
function place(listing: string, mount: string): MachineFacts['place'] {
  const inode = /^ *(\d+) d/.exec(listing)?.[1]
  const device = /^\S+ \S+ (\d+:\d+)$/.exec(mount)?.[1]
  if (inode === undefined) throw odd(`ls says "${listing.slice(0, 200)}" of the home`)
  if (device === undefined) throw odd('/proc/self/mountinfo does not tell what the home lies on')
  return { device, inode }
}

/** `space`: free blocks, their size, all inodes, free inodes, all blocks. File systems that make inodes as needed say 0 of 0. */
function filesystem(space: string, mount: string): MachineFacts['filesystem'] {
  const [blocks, size, inodes, freeInodes, all] = space.split(' ').map((word) => numberIn(word, 'the free disk'))
  if (blocks === undefined || size === undefined || freeInodes === undefined || all === undefined)
    throw odd(`stat -f says "${space.slice(0, 200)}"`)
  const [type = '', options = ''] = mount.split(' ')
  return {
    type,
    noexec: options.split(',').includes('noexec'),
    readOnly: options.split(',').includes('ro'),
    freeBytes: blocks * size,
    totalBytes: all * size,
    freeInodes: inodes === 0 ? Number.MAX_SAFE_INTEGER : freeInodes,
    totalInodes: inodes === undefined || inodes === 0 ? Number.MAX_SAFE_INTEGER : inodes,
  }
}

/** kB, as /proc/meminfo has them. */
function memory(line: string): MachineFacts['memory'] {
  const [total = '', available = ''] = line.split(' ')
  return {
    totalBytes: numberIn(total, 'the memory') * 1024,
    availableBytes: numberIn(available, 'the free memory') * 1024,
  }
}

/** IPv4 as usual, IPv6 as 32 hex digits. */
function addressesOf(system: readonly string[]): readonly string[] {
  const said = system.filter((line) => line.startsWith('address ')).map((line) => line.slice('address '.length))
  const known = said.map((address) =>
    /^[0-9a-f]{32}$/.test(address) ? canonicalAddress(address.replace(/(.{4})(?=.)/g, '$1:')) : address,
  )
  return [...new Set(known.filter((address) => !/^(127\.|169\.254\.|::1$)/.test(address)))].sort()
}

/**
 * Who listens. Where sockets were asked for that the server of ours, as it was seen first, does not hold, the script looked again: that
 * server may have been started anew meanwhile, and where nobody listens any more who did has ended.
 */
function listening(records: Records, system: readonly string[]): MachineFacts['listening'] {
  const owners = new Map(allSaid(records, 'owner').map((line) => [line.split(' ')[1] ?? '', line]))
  const seen = said(records, 'alive') === 'yes' ? /^pid: (\d+)$/m.exec(said(records, 'server') ?? '')?.[1] : undefined
  const server = said(records, 'servernow') ?? seen
  const again = said(records, 'still')?.split('\n')
  // A look that broke off tells nothing.
  const still = again?.at(-1) === 'whole' ? new Set(again) : undefined
  return system
    .filter((line) => line.startsWith('listen '))
    .map((line) => line.split(' '))
    .filter(([, end = '', , inode = '']) => still === undefined || owners.has(inode) || still.has(end))
    .map(([, end = '', uid = '', inode = '']) => {
      const [hex = '', port = ''] = end.split(':')
      const [pid, , ...command] = owners.get(inode)?.split(' ') ?? []
      return {
        port: Number.parseInt(port, 16),
        address: addressIn(hex),
        owner:
          pid === undefined
            ? cannotTell(`a process of the user with the id ${uid}`)
            : present({ pid: Number(pid), command: command.join(' '), uid: Number(uid) }),
        ours: pid !== undefined && pid === server,
      }
    })
}

function cronAllowed(records: Records): Fact<boolean> {
  const status = must(records, 'crontabstatus')
  const words = said(records, 'crontabwords') ?? ''
  if (status === '127') return present(false)
  // A file that may not be read is another matter, and has another remedy.
  if (status === '126' || /not allowed/i.test(words)) return present(false)
  if (status === '0' || /no crontab for /.test(words)) return present(true)
  return cannotTell(words.trim() || `crontab -l ended with ${status}`)
}

const cronRunning = (said: string): Fact<boolean> =>
  said === 'hidden' ? cannotTell('/proc hides other users’ processes') : present(said === 'yes')
