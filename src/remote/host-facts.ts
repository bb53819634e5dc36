import type { Fact } from '../model/fact.ts'
import type { HostName, ReleaseName, Sha256 } from '../model/names.ts'
import type { TlsRelease } from '../model/tls-stage.ts'

/** Everything that one observation of a host tells, of the machine and of what lies below ~/dman there. One round trip. */
export interface HostFacts {
  readonly host: HostName
  readonly machine: MachineFacts
  /** what lies below the inventory's `home`; absent where that folder does not exist */
  readonly laid: Fact<LaidFacts>
  readonly lock: Fact<LockFacts>
  /** text of the user's crontab; unknown where it may not or cannot be read */
  readonly crontab: Fact<string>
}

/** What is laid there; undefined where nothing is, or that is not known. */
export const laidOn = (facts: Fact<HostFacts> | undefined): LaidFacts | undefined =>
  facts?.is === 'present' && facts.value.laid.is === 'present' ? facts.value.laid.value : undefined

/** The server of ours that lives there; undefined where none does, or that is not known. */
export const liveServer = ({ server }: Pick<LaidFacts, 'server'>): ServerFacts | undefined =>
  server.is === 'present' && server.value.alive ? server.value : undefined

/** Seconds by which a host's clock is ahead of this machine's. */
export const aheadOf = ({ now, seenAt }: Pick<MachineFacts, 'now' | 'seenAt'>): number => now - seenAt

/** What a machine tells of itself. */
export type ToldMachine = Omit<MachineFacts, 'seenAt'>

export interface MachineFacts {
  readonly boot: string
  /** seconds since the epoch, by the host's own clock */
  readonly now: number
  /** the same moment by the clock of this machine, as far as the way there can tell */
  readonly seenAt: number
  /** as `uname -m` says */
  readonly arch: string
  /** glibc's version such as `2.17`; absent for another libc (musl) */
  readonly glibc: Fact<string>
  /** the user's home as $HOME says; `dman` is `$HOME/<inventory.home>` */
  readonly home: string
  /** device and inode of the folder that is to hold ~/dman (of ~/dman itself where it exists) */
  readonly place: { readonly device: string; readonly inode: string }
  readonly filesystem: {
    readonly type: string
    readonly noexec: boolean
    readonly readOnly: boolean
    readonly freeBytes: number
    readonly totalBytes: number
    readonly freeInodes: number
    readonly totalInodes: number
  }
  /** its own, but for loopback and link-local ones; in order */
  readonly addresses: readonly string[]
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number }
  readonly openFiles: number | 'unlimited'
  /** listening TCP sockets out of /proc/net/tcp and tcp6 */
  readonly listening: readonly {
    readonly port: number
    readonly address: string
    readonly owner: Fact<{ pid: number; command: string; uid: number }>
    readonly ours: boolean
  }[]
  readonly cron: { readonly allowed: Fact<boolean>; readonly running: Fact<boolean> }
  /** systemd-logind; absent where there is none */
  readonly logind: Fact<LogindFacts>
  /** tools a script of ours needs and the host lacks; empty on any CentOS 7 */
  readonly missing: readonly string[]
}

/** What becomes of that which a login of this user leaves running, when it ends. */
export interface LogindFacts {
  /** it is ended with the login (KillUserProcesses, and this user is none of those that are spared) */
  readonly kills: boolean
  /** the user's own services stay; what a login started is none of them */
  readonly lingers: boolean
  readonly user: string
}

export interface LaidFacts {
  /** present folders below releases/, whole by construction */
  readonly releases: readonly ReleaseName[]
  readonly current: Fact<ReleaseName>
  /** the conf release this member last served with, and the one that it served with before */
  readonly served: Fact<ReleaseName>
  readonly previous: Fact<ReleaseName>
  /** the files of the current conf release by name (text), and its links by name (target release) */
  readonly conf: {
    readonly files: Readonly<Record<string, string>>
    readonly links: Readonly<Record<string, ReleaseName>>
  }
  /** what each conf release with TLS between members is made for, null where its file `tls` cannot be understood; left out: none has it */
  readonly stages?: Readonly<Record<ReleaseName, TlsRelease | null>>
  /** the releases that each conf release links to, by its name */
  readonly linked: Readonly<Record<ReleaseName, readonly ReleaseName[]>>
  /** sha256 of each file below bin/ */
  readonly bin: Readonly<Record<string, Sha256>>
  readonly data: DataFacts
  /**
   * the file that its server reads who belongs from: what its name ends with (hex, empty for the first), and its lines; left out where
   * there is none
   */
  readonly members?: { readonly version: string; readonly lines: string }
  readonly server: Fact<ServerFacts>
  readonly supervision: SupervisionFacts
  /** staged files and folders, below tmp/ and those of a restore beside the data, that no living registered script of ours writes */
  readonly leftovers: readonly string[]
  /** folders of former data that a repair or a restore set aside, such as `data/aside.1769851800-repair` */
  readonly asides: readonly string[]
  /** bytes of what restores brought and did not put in its place: uploads, and unpacked sets beside the data; left out: none */
  readonly brought?: number
  /** changing scripts that a run registered and that still live */
  readonly running: readonly {
    readonly script: string
    readonly pid: number
    readonly start: string
    readonly token: string
  }[]
  /** paths below ~/dman whose mode lets group or others in */
  readonly open: readonly string[]
  /** the highest `format:` found in anything of ours here */
  readonly format: number
}

/** What the ensemble needs to know of a host, and asks for after every step. */
export type MemberLaid = Pick<LaidFacts, 'current' | 'served' | 'data' | 'server' | 'members' | 'stages'> &
  Partial<Pick<LaidFacts, 'supervision'>>

export interface DataFacts {
  /** 'empty': no version-2 content, stamp or myid; 'held': there is some */
  readonly is: 'empty' | 'held'
  readonly stamp: Fact<{
    readonly ensemble: string
    readonly founding: string
    readonly host: HostName
    readonly id: number
  }>
  readonly myid: Fact<string>
  /** true while the `initialize` file of a founding is there */
  readonly initialize: boolean
  /** a snapshot or log is there */
  readonly started: boolean
  /** data/held: a restore is under way, and nothing is started while it is there; left out where that was not observed */
  readonly mark?: Fact<RestoreMark>
}

/** What a restore marks a host with, from before the first server is stopped until the new data is everywhere. */
export interface RestoreMark {
  /** the backup that is restored, by the first 12 hex digits of its file's sha256 */
  readonly restore: string
  /** `hold`: the data is the former; `swapped`: this host has the backup's; `release`: every host has it */
  readonly phase: 'hold' | 'swapped' | 'release'
  /**
   * seconds since the epoch by the operator's clock, when the restore began, or later than all that was set aside before; kept when it is
   * gone on with
   */
  readonly since: number
  /** such as `ann@laptop` */
  readonly who: string
  /**
   * the restore that had replaced data here and was not finished before this one came over it; left out: none, so the data is the former as
   * long as it holds
   */
  readonly over?: string
}

/** The `conf` of a server that was found by its process alone: nobody wrote down what it runs with. */
export const unknownConf = 'unknown'

/**
 * run/server, or a server of ours that it does not name and that was found among the processes (`conf` is unknownConf); and whether that
 * very process (pid, start time, nonce) lives.
 */
export interface ServerFacts {
  readonly pid: number
  readonly start: string
  readonly nonce: string
  readonly conf: ReleaseName
  readonly alive: boolean
  /** s for which its process had lived when it was seen; left out where it does not live */
  readonly age?: number
  /** of one that ended and is wanted: what Java printed last; left out where it printed nothing */
  readonly lastWords?: string
}

/** How the host itself keeps its member running (templates/bin/supervise). */
export interface SupervisionFacts {
  /** run/wanted: it was started, and not stopped since */
  readonly wanted: boolean
  /** the supervisor that run/supervisor names lives: that very process, by pid, start time and nonce */
  readonly alive: boolean
  /** how often in a row its starts came to nothing, and why the last did; absent once one has lasted */
  readonly failing: Fact<{ readonly times: number; readonly words: string }>
}

export interface LockFacts {
  readonly token: string
  /** who holds it, such as `ann@laptop`, and since when (host's epoch seconds) */
  readonly who: string
  readonly since: number
  /** the operator's machine and boot, and the process there that holds it */
  readonly operator: { readonly machine: string; readonly boot: string; readonly pid: number; readonly start: string }
  /** the host's boot id when it was taken, and the age of the heartbeat in seconds by the host's uptime */
  readonly boot: string
  readonly age: number
  readonly format: number
}
