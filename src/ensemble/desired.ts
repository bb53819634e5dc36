import type { Ports } from '../inventory/inventory.ts'
import type { HostName, ReleaseName, Role } from '../model/names.ts'

/** One host of the inventory, as the ensemble is to have it. */
export interface DesiredMember {
  readonly host: HostName
  readonly id: number
  readonly address: string
  readonly role: Role
  /** the conf release it is to run; left out: whatever it has */
  readonly conf?: ReleaseName
  /** why that differs from what it ran, as a person reads it, such as `tickTime 2000 → 3000` */
  readonly why?: string
}

interface Common {
  readonly ensemble: string
  /** all hosts of the inventory, in order of id */
  readonly members: readonly DesiredMember[]
  readonly ports: Ports
  /** only these are changed; all are observed and counted */
  readonly only?: ReadonlySet<HostName>
  /** ms that one step may take, the time to sync data not counted */
  readonly timeout: number
}

/** What `up` and `restart` want: every member serves, in its role, with its conf release. */
export interface Converge extends Common {
  readonly kind: 'converge'
  /** the id that a founding gets if one begins */
  readonly founding: string
  /** "service stops" was answered with yes: with one or two participants a roll takes the quorum down */
  readonly mayStopService: boolean
  /** nonces of the servers that are to be replaced although their conf release is right: a host is done once it runs another */
  readonly restart?: ReadonlyMap<HostName, string>
}

/** What `start` wants: every member that was founded serves, as it is. */
export interface Serve extends Common {
  readonly kind: 'serve'
}

/** What `stop` wants: no server of ours runs. */
export interface Stop extends Common {
  readonly kind: 'stop'
}

/** What is asked of the members together. */
export type Goal = Converge | Serve | Stop

export const mayChange = (goal: Goal, host: HostName): boolean => goal.only?.has(host) ?? true
