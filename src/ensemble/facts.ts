import type { FoundingRecord } from '../local/founding.ts'
import type { Fact } from '../model/fact.ts'
import type { HostName, ReleaseName } from '../model/names.ts'
import { liveServer, type MemberLaid, type ServerFacts, unknownConf } from '../remote/host-facts.ts'
import { type Endpoint, type EnsembleConfig, type Member, parseConfigNode } from '../zookeeper/config.ts'
import type { Mode } from '../zookeeper/words.ts'

export type { MemberLaid }

/** All members at one moment, as one observation found them: plain data. */
export interface EnsembleFacts {
  /** ms since the epoch, by the operator's clock */
  readonly at: number
  /** one a host of the inventory, in order of id */
  readonly members: readonly MemberFacts[]
  /** /zookeeper/config; absent where no member serves, so that nobody could be asked */
  readonly config: Fact<Membership>
  /** what .dman says of this ensemble's founding */
  readonly founding: Fact<FoundingRecord>
}

/** Who belongs, and who did. */
export interface Membership extends EnsembleConfig {
  /** those that were removed, as it is remembered in ZooKeeper; left out: none */
  readonly left?: Fact<readonly Left[]>
}

/** A member that left: its id is not given to another host. */
export interface Left {
  readonly id: number
  readonly host: HostName
  readonly address: string
  /** it was seen not to run any more */
  readonly stopped: boolean
}

export interface MemberFacts {
  readonly host: HostName
  /** as the inventory says */
  readonly id: number
  /** absent: the host answered and holds nothing of ours; unknown: it did not answer */
  readonly laid: Fact<MemberLaid>
  /** absent: nothing listens, or what listens says that it does not serve; unknown: no answer in time, or no way there */
  readonly serving: Fact<Serving>
  /** where it answered, which need not be where the inventory has it; left out where it does not serve */
  readonly at?: Endpoint
  /** s for which the process of its server lives; left out where none does, or it was not told */
  readonly age?: number
  /** a session opened through this very server (by its nonce) in this run; absent: not tried; unknown: it failed */
  readonly session: Fact<true>
  /**
   * Whether our lines in the crontab bring it back after a reboot; unknown, with the reason, where cron cannot be used. Left out where
   * that was not observed.
   */
  readonly cron?: Fact<true>
}

export interface Serving {
  readonly mode: Mode
  /** 16 hex digits: they compare as texts */
  readonly zxid: string
  readonly version: string | null
  readonly connections: number | null
  /** what only a leader's `mntr` tells; left out where that was not asked or did not answer */
  readonly leading?: Leading
}

export interface Leading {
  /** without a vote too, observers not */
  readonly syncedFollowers: number
  readonly syncedNonVotingFollowers: number
  readonly syncedObservers: number
  readonly pendingSyncs: number
  /** approximate bytes of the data tree */
  readonly dataBytes: number
}

export const memberOf = (now: EnsembleFacts, host: HostName): MemberFacts | undefined =>
  now.members.find((member) => member.host === host)

/** The live server process of ours on that host; undefined where none runs or the host was not observed. */
export const serverOf = ({ laid }: Pick<MemberFacts, 'laid'>): ServerFacts | undefined =>
  laid.is === 'present' ? liveServer(laid.value) : undefined

/** Of its server: another one is another process. */
export const nonceOf = (member: MemberFacts | undefined): string | undefined => member && serverOf(member)?.nonce

/** What Java printed last, in brackets to follow what is told of a server that ended; empty where that is not known. */
export function lastWordsOf(member: MemberFacts | undefined): string {
  const server = member?.laid.is === 'present' ? member.laid.value.server : undefined
  const words = server?.is === 'present' && !server.value.alive ? server.value.lastWords : undefined
  return words === undefined ? '' : ` (Java said last: ${words})`
}

/** A server of ours runs there, or has died and would be started again by its host. */
export const runsOrWill = (member: MemberFacts): boolean =>
  serverOf(member) !== undefined || (member.laid.is === 'present' && member.laid.value.supervision?.wanted === true)

export const servingOf = (member: MemberFacts): Serving | undefined =>
  member.serving.is === 'present' ? member.serving.value : undefined

export const someoneServes = (now: EnsembleFacts): boolean => now.members.some(servingOf)

/** The one member that leads; undefined where none or, amid an election, more than one says so. */
export function leaderOf(
  now: EnsembleFacts,
): (MemberFacts & { serving: { is: 'present'; value: Serving } }) | undefined {
  const leaders = now.members.filter(
    (member): member is MemberFacts & { serving: { is: 'present'; value: Serving } } =>
      servingOf(member)?.mode === 'leader',
  )
  return leaders.length === 1 ? leaders[0] : undefined
}

const laidOf = (member: MemberFacts): MemberLaid | undefined =>
  member.laid.is === 'present' ? member.laid.value : undefined

/** What `current` names; undefined where nothing does, or it is not known. */
export function currentOf(member: MemberFacts): ReleaseName | undefined {
  const current = laidOf(member)?.current
  return current?.is === 'present' ? current.value : undefined
}

/**
 * The conf release it runs, and is started with again; where nobody wrote that down, what `current` names: that is switched only while
 * nothing runs.
 */
export function runsConf(member: MemberFacts): ReleaseName | undefined {
  const conf = serverOf(member)?.conf
  return conf === undefined || conf === unknownConf ? currentOf(member) : conf
}

/** The conf release it last served with; undefined where it never did, or it is not known. */
export function servedOf(member: MemberFacts): ReleaseName | undefined {
  const served = laidOf(member)?.served
  return served?.is === 'present' ? served.value : undefined
}

/** The founding whose stamp its data carries. */
export function stampOf(member: MemberFacts) {
  const stamp = laidOf(member)?.data.stamp
  return stamp?.is === 'present' ? stamp.value : undefined
}

/** True only where the host was observed and holds neither data nor a stamp. */
export function holdsNothing(member: MemberFacts): boolean {
  if (member.laid.is === 'absent') return true
  if (member.laid.is === 'unknown') return false
  const { data } = member.laid.value
  return data.is === 'empty' && data.stamp.is === 'absent'
}

/** Founded, and able to vote in the first election: it has `initialize`, or has started before. */
export function mayVote(member: MemberFacts): boolean {
  const data = laidOf(member)?.data
  return stampOf(member) !== undefined && data !== undefined && (data.initialize || data.started)
}

/** Stamped, without a vote, and nothing runs: its founding may have been cut short before all was there that a start needs. */
export const isHalfFounded = (member: MemberFacts): boolean =>
  stampOf(member) !== undefined && !mayVote(member) && serverOf(member) === undefined

/**
 * Shown not to serve: nothing of ours runs there and nothing answers, or what runs says so itself, or it does not answer and
 * the leader counts all its synced followers without it. A member that merely could not be asked is none of these.
 */
export function provenDown(member: MemberFacts, now: EnsembleFacts): boolean {
  if (member.laid.is === 'unknown' || servingOf(member) !== undefined) return false
  if (member.serving.is === 'absent' || serverOf(member) === undefined) return true
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  const unclear = now.members.filter((other) => other.serving.is === 'unknown')
  if (leading === undefined || unclear.length !== 1 || now.config.is !== 'present') return false
  const follows = now.members.filter((other) => servingOf(other)?.mode === 'follower' && hasVote(other, now)).length
  const watches = now.members.filter((other) => servingOf(other)?.mode === 'observer').length
  return hasVote(member, now)
    ? leading.syncedFollowers - leading.syncedNonVotingFollowers === follows
    : leading.syncedObservers === watches
}

/** Counted by id against /zookeeper/config, the one truth about votes. */
export const hasVote = (member: { id: number }, now: EnsembleFacts): boolean =>
  now.config.is === 'present' &&
  now.config.value.members.some(({ id, role }) => id === member.id && role === 'participant')

/** The line that /zookeeper/config has of a member; undefined where it does not list it, or is not known. */
export const lineOf = ({ id }: { id: number }, now: EnsembleFacts): Member | undefined =>
  now.config.is === 'present' ? now.config.value.members.find((line) => line.id === id) : undefined

/** Known not to belong: it may run and follow, and has no vote. */
export const isUnlisted = (member: { id: number }, now: EnsembleFacts): boolean =>
  now.config.is === 'present' && lineOf(member, now) === undefined

/** Its own file does not list it, so that its server would end at once: it was removed, and joins those that serve, or stays away. */
export const knowsItLeft = (member: MemberFacts): boolean =>
  ownConfig(member)?.members.every(({ id }) => id !== member.id) === true

export const leftOf = (now: EnsembleFacts): readonly Left[] =>
  now.config.is === 'present' && now.config.value.left?.is === 'present' ? now.config.value.left.value : []

/**
 * Who belongs, as well as it is known: by /zookeeper/config, else by the newest of the members' own files, which may be older than the
 * truth. Undefined where no member has one.
 */
export function lastConfig(now: EnsembleFacts): EnsembleConfig | undefined {
  if (now.config.is === 'present') return now.config.value
  const own = now.members.flatMap((member) => {
    const config = stampOf(member) === undefined ? undefined : ownConfig(member)
    return config === undefined ? [] : [config]
  })
  return own.reduce<EnsembleConfig | undefined>((a, b) => (a === undefined || b.version > a.version ? b : a), undefined)
}

/** Who belongs by a member's own file: at its next start it goes by that. */
export function ownConfig(member: MemberFacts): EnsembleConfig | undefined {
  const laid = laidOf(member)
  return laid && configOf(laid)
}

/** The same, of what lies on its host. */
export function configOf({ members: own }: Pick<MemberLaid, 'members'>): EnsembleConfig | undefined {
  if (own === undefined) return undefined
  const known = parsed.get(own) ?? parseConfigNode(`${own.lines}\nversion=${own.version || '0'}\n`)
  parsed.set(own, known)
  return known.is === 'present' ? known.value : undefined
}

/** A plan asks for the same file many times over. */
const parsed = new WeakMap<NonNullable<MemberLaid['members']>, Fact<EnsembleConfig>>()
