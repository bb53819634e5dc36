import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import type { TestLab } from './lab/lab.ts'
import type { Outcome } from './lab/run.ts'

// What the stories look at, on hosts and beside the inventory, in other ways than the program's own.

/** One row of text a host, asked side by side; fails where the command does. `of`: only these hosts. */
export async function onAll(
  lab: TestLab,
  command: string,
  { of = lab.hosts.map(({ name }) => name), ...options }: { root?: boolean; of?: readonly string[] } = {},
): Promise<string[]> {
  const outcomes = await Promise.all(of.map((name) => lab.exec(name, command, options)))
  expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual(outcomes.map(() => ({ code: 0, stderr: '' })))
  return outcomes.map(({ stdout }) => stdout)
}

/**
 * Everything below the home but logs, class caches (each host makes its own, when it likes) and what ZooKeeper writes with each session:
 * mode, times, inode, size, hash.
 */
export const homes = (lab: TestLab, below = '~'): Promise<string[]> =>
  onAll(
    lab,
    `cd ${below} && find . \\( -path ./dman/log -o -path ./dman/cache -o -path ./dman/data/version-2 \\) -prune -o -printf '%p %y %m %T@ %C@ %i %l\\n' | sort
     find . \\( -path ./dman/log -o -path ./dman/cache -o -path ./dman/data/version-2 \\) -prune -o -type f -print0 | sort -z | xargs -r0 sha256sum`,
  )

/** All paths of the whole host that are not the machine's; with time and size where neither a home nor a log. */
export const hostFiles = async (lab: TestLab): Promise<string[][]> =>
  (
    await onAll(
      lab,
      `find / \\( -path /proc -o -path /sys -o -path /usr -o -path /dev/pts \\) -prune -o \\( -path '/home/dman*' -o -path '/var/log*' \\) -print \
       -o -printf '%p %T@ %s\\n' | sort`,
      { root: true },
    )
  ).map((text) => text.split('\n'))

/** Who runs, as the host's own records and the kernel have it: pid, start time, conf release. */
export const servers = (lab: TestLab): Promise<string[]> =>
  onAll(
    lab,
    'cat dman/run/server && sed "s/.*) //" "/proc/$(sed -n "s/^pid: //p" dman/run/server)/stat" | cut -d" " -f20',
  )

/**
 * A command that prints the pids of processes with such words, one a line. A host of the kind loopback sees the whole machine's: only
 * those of the host's own home, also where their folder is gone by now.
 */
export const ownProcesses = (pattern: string): string =>
  `home=$(pwd -P); for p in $(pgrep -f "${pattern}"); do
     case $(readlink "/proc/$p/cwd") in "$home"/*) echo "$p" ;; esac
   done`

/** Addresses and ports that are listened on, such as `10.1.2.3:2180`, `*:22`; IPv4 addresses within IPv6 as IPv4. */
export async function listening(lab: TestLab, host: string): Promise<string[]> {
  const { stdout } = await lab.exec(host, 'cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6')
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  const local = rows.filter(([, , , state]) => state === '0A' || state === '07').map(([, address = '']) => address)
  return [...new Set(local.map(shownAddress))].sort()
}

function shownAddress(hex: string): string {
  const [address = '', port = ''] = hex.split(':')
  const last = address.slice(-8).match(/../g) ?? []
  const ip = last.map((byte) => parseInt(byte, 16)).reverse()
  return `${/^0+$/.test(address) ? '*' : ip.join('.')}:${parseInt(port, 16)}`
}

export const auditOf = (lab: TestLab): Promise<string> =>
  readFile(path.join(lab.folder, '.dman', lab.name, 'audit.jsonl'), 'utf8')

/** Fails with all that the program said where it ended otherwise. */
export function ended(outcome: Outcome, code: number): Outcome {
  expect(outcome.code, `${outcome.stdout}\n${outcome.stderr}`).toBe(code)
  return outcome
}

export interface Status {
  ensemble: string
  quorum: boolean
  healthy: boolean
  leader: string | null
  members: {
    host: string
    id: number
    address: string
    role: string
    state: string
    version: string | null
    zxid: string | null
    connections: number | null
    uptime_s: number | null
    problems: string[]
  }[]
  trees: { name: string; path: string; generation: number | null; applied_at: string | null; drift: boolean | null }[]
}

export const statusOf = async (lab: TestLab, code: number, ...args: string[]): Promise<Status> =>
  ended(await lab.run('status', lab.inventory, '--json', ...args), code).json() as Status

/** Without those for want of cron, on hosts of the kind loopback: the machine that they all are need not have it. */
export const butCron = (lab: TestLab, problems: readonly string[]): string[] =>
  problems.filter((words) => lab.kind === 'namespaces' || !words.includes('after a reboot'))

/** What a status tells of each member, but for cron. */
export const problemsOfEach = (lab: TestLab, { members }: Status): string[][] =>
  members.map(({ problems }) => butCron(lab, problems))

/** The same of all members. */
export const problemsOf = (lab: TestLab, status: Status): string[] => problemsOfEach(lab, status).flat()

/** `zk1 follower`, … */
export const states = ({ members }: Status): string[] => members.map(({ host, state }) => `${host} ${state}`)

export const server = (lab: TestLab, name = 'zk1'): string =>
  `${lab.hosts.find((host) => host.name === name)?.address ?? ''}:2180`

/** What makes a host's class cache at once, in its shell; the start's own maker, which waits for a while, would end it if it came later. */
export const makesClassCache =
  'for i in 1 2 3 4 5 6 7 8 9; do [ -d dman/cache/maker ] || sleep 0.2; done; sh dman/bin/class-cache "$(sed -n "s/^nonce: //p" dman/run/server)" 0 2>&1'
