import type { Step } from '../../../src/ensemble/plan/step.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { HostName, ReleaseName, Role } from '../../../src/model/names.ts'
import type { TlsRelease } from '../../../src/model/tls-stage.ts'
import type { Member } from '../../../src/zookeeper/config.ts'

/** What a conf release does on a host: it serves, its JVM ends at once, or it runs and never serves. */
export type Behaviour = 'serves' | 'ends' | 'silent'

export interface Machine {
  readonly host: HostName
  readonly id: number
  /** what the inventory asks for */
  role: Role
  /** where it is; the inventory has it so too */
  address: string
  /** for the operator; ZooKeeper's own network is whole as long as there is power */
  reachable: boolean
  power: boolean
  /** SIGSTOP: it runs and answers nothing */
  frozen: boolean
  current?: ReleaseName
  served?: ReleaseName
  stamp?: string
  initialize: boolean
  /** it was started and not stopped since; and since when nothing runs, as its supervisor sees it */
  wanted?: boolean
  deadSince?: number | undefined
  /** -1: never started */
  zxid: number
  /** who belongs, by its own file */
  own?: { version: string; members: readonly Member[] }
  server?: { conf: ReleaseName; nonce: string; since: number }
}

/** Something that goes wrong (or right again) at a moment, in ms from the start. */
export type Mishap =
  | { at: number; what: 'kill' | 'freeze' | 'thaw' | 'cut' | 'heal' | 'power-off' | 'power-on'; host: number }
  | { at: number; what: 'lose-lock' }
  /** the next act reaches its hosts, and its answer does not come back */
  | { at: number; what: 'lose-reply' }
  /** the next reconfig is on its way for so many ms, and its answer does not come */
  | { at: number; what: 'delay'; by: number }
  /** the next script that changes a member dies in the middle, on the first of its hosts */
  | { at: number; what: 'half'; after: 'stamp' | 'found' | 'stop' | 'switch' }

export interface WorldOptions {
  /** each host starts a wanted member again, two seconds after it died */
  readonly supervised?: boolean
  readonly participants: number
  readonly observers: number
  /** hosts that do not belong yet */
  readonly spares?: number
  readonly behaves?: (host: HostName, conf: ReleaseName) => Behaviour
  /** what each conf release is made for; left out: all of them do without TLS */
  readonly stages?: Readonly<Record<ReleaseName, TlsRelease>>
  /** whether members with these can connect at that moment, ms; a connection lasts as long as both servers; left out: yes */
  readonly talk?: (conf: ReleaseName, other: ReleaseName, at: number) => boolean
  readonly mishaps?: readonly Mishap[]
  /** ms from a start to serving */
  readonly slowness?: number
}

export const cutShort = ({ host }: { host: HostName }) =>
  new Failure({ host, step: 'member', got: 'the script ended in the middle', hint: 'run it again' })

/** Its data is set aside. */
export function emptied(machine: Machine, { kind }: Step): void {
  if (kind === 'rejoin') Object.assign(machine, { zxid: -1, initialize: false })
}

export function found(machine: Machine, step: Step & { kind: 'found' | 'join' }, stampOnly: boolean): void {
  machine.stamp = step.founding
  if (stampOnly) return
  if (step.kind === 'found') machine.initialize = machine.zxid < 0
  if (machine.zxid < 0 || (step.kind === 'join' && step.anew)) machine.own = { version: '', members: step.lines }
}
