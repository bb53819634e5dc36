import type { FoundingRecord } from '../../local/founding.ts'
import type { Failure } from '../../model/failure.ts'
import type { HostName, ReleaseName } from '../../model/names.ts'
import type { Member } from '../../zookeeper/config.ts'
import type { Reconfig } from '../../zookeeper/zookeeper.ts'
import type { EnsembleFacts, Left } from '../facts.ts'

/** What happens to one host within a step: a server that runs is stopped, `current` is switched, the server is started. */
export interface Turn {
  readonly host: HostName
  /** what it is to run */
  readonly conf: ReleaseName
  /** what it ran or was to run before, where that is another */
  readonly from?: ReleaseName
  /** `current` names another */
  readonly switch: boolean
  /** a process of ours is to be ended first; but for `restart` only one that does not serve */
  readonly stop: boolean
}

/** The smallest thing that is finished once begun. */
export type Step =
  /** stamp, `initialize` and member lines on empty data, then start; only while nobody can have served */
  | {
      readonly kind: 'found'
      readonly founding: string
      /** all hosts of this founding, as .dman records them */
      readonly recorded: readonly HostName[]
      readonly lines: readonly Member[]
      readonly turns: readonly Turn[]
    }
  /**
   * stamp and member lines, never `initialize`, then start: it gets its data from those that serve. `anew`: the lines also where it ran
   * before, which it must not while it may have a vote by them
   */
  | {
      readonly kind: 'join'
      readonly founding: string
      readonly lines: readonly Member[]
      readonly anew: boolean
      readonly turns: readonly Turn[]
    }
  /** one member comes in, goes, or comes to be otherwise; `left`: what is remembered of one that goes for good */
  | {
      readonly kind: 'reconfig'
      readonly hosts: readonly [HostName]
      readonly change: Reconfig
      readonly left?: Left
    }
  /** members that do not serve, all at once */
  | { readonly kind: 'start'; readonly turns: readonly Turn[] }
  /** one member that serves */
  | { readonly kind: 'restart'; readonly turns: readonly [Turn] }
  /** one member's data is set aside, and it joins those that serve with none: so never with `initialize`. `lines`: as /zookeeper/config has them */
  | {
      readonly kind: 'rejoin'
      readonly founding: string
      readonly lines: readonly Member[]
      readonly turns: readonly [Turn]
    }
  /** members that did not come to serve, back to what they last served with; `from` is what failed */
  | { readonly kind: 'put-back'; readonly turns: readonly Turn[] }
  /** `founding`: the recorded one, of which their data has to be; `leaves`: for good, so cron starts nothing there either */
  | { readonly kind: 'stop'; readonly hosts: readonly HostName[]; readonly founding?: string; readonly leaves?: true }
  /**
   * notes that members served with their conf release, in .dman that the founding is done, and in ZooKeeper of members that left that they were
   * seen stopped, or need not be (`gone`, by id)
   */
  | {
      readonly kind: 'record'
      readonly served: readonly Pick<Turn, 'host' | 'conf'>[]
      /** as .dman has it until then */
      readonly founded?: FoundingRecord
      readonly gone?: readonly number[]
    }

export type Next =
  | { readonly is: 'step'; readonly step: Step; readonly reason: string }
  /** `through`: open sessions of the next observation through these members, where they serve */
  | {
      readonly is: 'wait'
      readonly for: string
      readonly hosts: readonly HostName[]
      readonly through?: readonly HostName[]
    }
  | { readonly is: 'refuse'; readonly why: readonly [Failure, ...Failure[]] }
  | { readonly is: 'nothing' }

/** The hosts that a step changes. */
export function hostsOf(step: Step): readonly HostName[] {
  if (step.kind === 'stop' || step.kind === 'reconfig') return step.hosts
  return (step.kind === 'record' ? step.served : step.turns).map(({ host }) => host)
}

/** A stop of these members, whose data has to be of the founding that is recorded, where one is. */
export const stopOf = ({ founding }: EnsembleFacts, hosts: readonly HostName[]): Step & { kind: 'stop' } => ({
  kind: 'stop',
  hosts,
  ...(founding.is === 'present' ? { founding: founding.value.id } : {}),
})

/** A server makes room for another of the same member, at once. */
export const replacesServer = (step: Step): boolean => step.kind === 'restart' || step.kind === 'rejoin'

/** Members that serve cease to; one that leaves is stopped after it was removed. `rejoin` is begun only where the others are a majority. */
export const endsServing = (step: Step): boolean =>
  step.kind === 'restart' || (step.kind === 'stop' && step.leaves !== true)

/** The part of a step on the hosts that `keeps` tells; undefined where nothing is left of it. */
export function partOf(step: Step, keeps: (host: HostName) => boolean): Step | undefined {
  if (!hostsOf(step).some(keeps)) return undefined
  if (step.kind === 'stop') return { ...step, hosts: step.hosts.filter(keeps) }
  if (step.kind === 'record') return { ...step, served: step.served.filter(({ host }) => keeps(host)) }
  return step.kind === 'restart' || step.kind === 'reconfig' || step.kind === 'rejoin'
    ? step
    : { ...step, turns: step.turns.filter(({ host }) => keeps(host)) }
}

export const refuse = (first: Failure, ...more: readonly Failure[]): Next => ({ is: 'refuse', why: [first, ...more] })

/** A refusal of all of these; undefined where there is none. */
export function refuseAll(failures: readonly Failure[]): Next | undefined {
  const [first, ...more] = failures
  return first === undefined ? undefined : refuse(first, ...more)
}

/** `zk1`, `zk1 and zk2`, `zk1, zk2 and zk3` */
export function named(hosts: readonly HostName[]): string {
  const last = hosts.at(-1) ?? 'no host'
  return hosts.length < 2 ? last : `${hosts.slice(0, -1).join(', ')} and ${last}`
}
