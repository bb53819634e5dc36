import type { Inventory, Ports } from '../inventory/inventory.ts'
import type { FoundingRecord } from '../local/founding.ts'
import type { HostName, ReleaseName, Role } from '../model/names.ts'
import type { TlsRelease } from '../model/tls-stage.ts'
import { type EnsembleFacts, serverOf } from './facts.ts'

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
  /**
   * the conf releases that it is to run one after the other, `conf` last, each in its stage of TLS between members; the stages are the same
   * for all
   */
  readonly way?: readonly StagedConf[]
  /** as it is it cannot serve: its certificate has expired, or the others do not take it */
  readonly isStranded?: boolean
}

/** A conf release and what it is made for. */
export interface StagedConf {
  readonly conf: ReleaseName
  readonly stage: TlsRelease
  /** as in DesiredMember */
  readonly why?: string
}

interface Common {
  readonly ensemble: string
  /** folder below the user's home on each host */
  readonly home: string
  /** all hosts of the inventory, in order of id */
  readonly members: readonly DesiredMember[]
  readonly ports: Ports
  /** only these are changed; all are observed and counted */
  readonly only?: ReadonlySet<HostName>
  /** ms that one step may take, the time to sync data not counted */
  readonly timeout: number
}

/** What `up` wants: every member serves, in its role, with its conf release. */
export interface Converge extends Common {
  readonly kind: 'converge'
  /** the id that a founding gets if one begins */
  readonly founding: string
  /** "service stops" was answered with yes: with one or two participants a roll takes the quorum down, with two a leader that moves */
  readonly mayStopService: boolean
  /** of these "a member leaves that cannot be seen to stop" was answered with yes; anyone: of each it is about to be asked */
  readonly mayLeaveUnseen?: ReadonlySet<HostName> | 'anyone'
  /** the former password of the super user is lost: members know the new one from their next start with one of these conf releases on */
  readonly superIsNew?: boolean
}

export const mayLeaveUnseen = (goal: Pick<Converge, 'mayLeaveUnseen'>, host: HostName): boolean =>
  goal.mayLeaveUnseen === 'anyone' || goal.mayLeaveUnseen?.has(host) === true

/** What `start` wants: every member that was founded serves, as it is. `restart` wants that, too, of other processes than now. */
export interface Serve extends Common {
  readonly kind: 'serve'
  /** nonces of the servers that are to be replaced by new ones: a host is done once it runs another */
  readonly restart?: ReadonlyMap<HostName, string>
  /** as in Converge; no, where it is left out */
  readonly mayStopService?: boolean
  /** the member whose data is to be set aside, and that is to join the others without any */
  readonly rejoin?: HostName
}

/** What `stop` wants: no server of ours runs. */
export interface Stop extends Common {
  readonly kind: 'stop'
}

/** What is asked of the members together. */
export type Goal = Converge | Serve | Stop

/** The id of a member that the goal has; a host without one would be stamped as another's. */
export function idOf({ members }: Pick<Goal, 'members'>, host: HostName): number {
  const id = members.find((member) => member.host === host)?.id
  if (id === undefined) throw new TypeError(`${host} is none of the goal's members`)
  return id
}

/** The record of a founding that begins on these hosts; by addresses and home it tells its inventory from another of that name. */
export const begunOn = (
  { members, home }: Pick<Goal, 'members' | 'home'>,
  id: string,
  hosts: readonly HostName[],
): FoundingRecord => ({
  id,
  hosts,
  state: 'begun',
  addresses: Object.fromEntries(
    members.flatMap(({ host, address }) => (hosts.includes(host) ? [[host, address]] : [])),
  ),
  home,
})

/** What the goal wants of a host; one that it does not list is no member: absent. */
export const roleOf = (goal: Pick<Goal, 'members'>, host: HostName) =>
  goal.members.find((member) => member.host === host)?.role ?? 'absent'

export const mayChange = (goal: Goal, host: HostName): boolean => goal.only?.has(host) ?? true

type Asked = { readonly hosts?: readonly HostName[]; readonly timeout: number }

/** What all goals share: the members as the inventory has them, whatever conf release they run. */
const common = ({ ensemble, home, hosts, ports }: Inventory, { hosts: only, timeout }: Asked): Common => ({
  ensemble,
  home,
  members: membersOf(hosts),
  ports,
  timeout,
  ...(only === undefined ? {} : { only: new Set(only) }),
})

export const membersOf = (hosts: Inventory['hosts']): readonly DesiredMember[] =>
  hosts.map(({ name, id, address, role }) => ({ host: name, id, address, role }))

export const serveGoal = (inventory: Inventory, asked: Asked): Serve => ({ ...common(inventory, asked), kind: 'serve' })

/** Every server that runs now, where it may be changed, is replaced by a new one with the very same conf release. */
export const restartGoal = (inventory: Inventory, asked: Asked, now: EnsembleFacts): Serve => {
  const goal = serveGoal(inventory, asked)
  const servers = now.members.flatMap((member) => {
    const nonce = serverOf(member)?.nonce
    return nonce === undefined || !mayChange(goal, member.host) ? [] : [[member.host, nonce] as const]
  })
  return { ...goal, restart: new Map(servers) }
}

/** `repair`: one member comes back without what it holds; nobody else is touched. */
export const rejoinGoal = (inventory: Inventory, asked: Asked, host: HostName): Serve => ({
  ...serveGoal(inventory, { timeout: asked.timeout, hosts: [host] }),
  rejoin: host,
})

export const stopGoal = (inventory: Inventory, asked: Asked): Stop => ({ ...common(inventory, asked), kind: 'stop' })

/**
 * Every member serves with its conf release. `confOf` tells what a host is to run, and why that differs from what it ran;
 * `founding` is the id that a founding gets if one begins.
 */
export function convergeGoal(
  inventory: Inventory,
  asked: Asked & Pick<Converge, 'founding' | 'mayStopService' | 'mayLeaveUnseen' | 'superIsNew'>,
  confOf: (host: HostName) => Pick<DesiredMember, 'conf' | 'why' | 'way'>,
): Converge {
  const { members, ...rest } = common(inventory, asked)
  const { founding, mayStopService, mayLeaveUnseen = new Set<HostName>(), superIsNew = false } = asked
  const withConf = members.map((member) => ({ ...member, ...confOf(member.host) }))
  return { ...rest, members: withConf, kind: 'converge', founding, mayStopService, mayLeaveUnseen, superIsNew }
}
