import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { localUser } from '../disk/user.ts'

/** Who runs this program, where: the person, and the process as the lock names it. */
export interface Operator {
  /** `ann@laptop` */
  readonly who: string
  /** a name of this machine that a reinstall changes, its boot, and this process there */
  readonly machine: string
  readonly boot: string
  readonly pid: number
  readonly start: string
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): with the pid it names one process; undefined where there is none. */
export const processStart = (pid: number): string | undefined =>
  read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')[19]

/** Two containers of one machine see the same machine and boot, but not each other's processes. */
function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** Where there is no /proc, the time of boot in minutes stands for the boot, and the start of a process is not told. */
export function observeOperator(): Operator {
  const boot = read('/proc/sys/kernel/random/boot_id') ?? `up-since-${Math.round((Date.now() / 1000 - uptime()) / 60)}`
  return {
    who: `${process.env['SUDO_USER'] ?? localUser().username}@${hostname()}`,
    machine: `${read('/etc/machine-id') ?? hostname()}${processSpace()}`,
    boot,
    pid: process.pid,
    start: processStart(process.pid) ?? 'unknown',
  }
}
