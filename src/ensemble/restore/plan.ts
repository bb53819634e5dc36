import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { DataFiles } from '../../remote/data-files.ts'
import type { RestoreMark } from '../../remote/host-facts.ts'
import { epochOf, zxidOf } from '../../zookeeper/data-files.ts'
import type { Converge } from '../desired.ts'
import { type EnsembleFacts, type MemberFacts, ownConfig, serverOf, servingOf, stampOf } from '../facts.ts'
import { dataProblems } from '../plan/data.ts'
import { unseen, wanted } from '../plan/expected.ts'
import { recordProblems } from '../plan/membership-problems.ts'
import { restoreMarkOf } from '../plan/restore-mark.ts'
import { memberProblems } from './members.ts'

/** What the backup tells that planning needs; zxids are 16 hex digits. */
export interface ToRestore {
  /** the first 12 hex digits of the file's sha256 */
  readonly restore: string
  readonly zxid: string
  readonly epochs: { readonly current: number | null; readonly accepted: number | null }
}

/** What is to be done on one host. */
export interface RestoreHost {
  readonly host: HostName
  readonly id: number
  /** it gets stamp, myid and member lines, as a founding writes them */
  readonly isNew: boolean
  /** it has the backup's data from an earlier try, and no server ran on it since */
  readonly isSwapped: boolean
  /** former data is set aside */
  readonly overwrites: boolean
}

export interface RestorePlan {
  /** `finish`: an earlier try brought the data to every host, so only marks are taken away and members started */
  readonly kind: 'restore' | 'finish'
  readonly hosts: readonly RestoreHost[]
  /** the mark of the try that is gone on with */
  readonly former: RestoreMark | undefined
  /** a host is marked already, by whichever restore: its data may be replaced, and no mark may go */
  readonly isMarked: boolean
  /** of the founding that all members are to be of; undefined where there is none yet */
  readonly founding: string | undefined
}

/**
 * What a restore has to do, from what was observed. Pure. Marks come first on all hosts, then data is swapped on all, then all marks say
 * `release`, and only then the first is taken away: so one that says `release` proves that every host has the data (case 40).
 */
export function planRestore(goal: Converge, now: EnsembleFacts, { restore }: ToRestore): RestorePlan {
  const members = wanted(goal, now)
  const marks = members.map(restoreMarkOf).filter((mark) => mark?.restore === restore)
  const former = marks.find((mark) => mark !== undefined)
  const founding = members.map(stampOf).find((stamp) => stamp !== undefined)?.founding
  const recorded = now.founding.is === 'present' ? now.founding.value.id : undefined
  const isSwapped = (member: MemberFacts) => {
    const mark = restoreMarkOf(member)
    return mark?.restore === restore && mark.since === former?.since && mark.phase === 'swapped'
  }
  return {
    kind: marks.some((mark) => mark?.phase === 'release') ? 'finish' : 'restore',
    hosts: members.map((member) => ({
      host: member.host,
      id: goal.members.find(({ host }) => host === member.host)?.id ?? member.id,
      isNew: stampOf(member) === undefined,
      isSwapped: isSwapped(member),
      overwrites: !isSwapped(member) && member.laid.is === 'present' && member.laid.value.data.started,
    })),
    former,
    isMarked: members.some((member) => restoreMarkOf(member) !== undefined),
    founding: founding ?? recorded,
  }
}

/**
 * What forbids it (exit 5, or 4 for a host out of reach: its data would come back with what was set aside on the others). What only has to
 * be finished changes nobody's data and nobody's place any more.
 */
export function restoreProblems(
  goal: Converge,
  now: EnsembleFacts,
  kind: RestorePlan['kind'] = 'restore',
): readonly Failure[] {
  const members = wanted(goal, now)
  const unread = members.flatMap((member) => {
    const mark = member.laid.is === 'present' ? member.laid.value.data.mark : undefined
    return mark?.is === 'unknown' ? [mark.why.of(member.host)] : []
  })
  return [
    ...unseen(goal, now),
    ...unread,
    ...(now.founding.is === 'unknown' ? [now.founding.why] : []),
    ...dataProblems(goal, now),
    ...recordProblems(goal, now),
    ...(kind === 'finish' ? [] : memberProblems(goal, now)),
  ]
}

/**
 * What forbids replacing the data once all were marked and stopped: a server that runs, also on a host that is to leave, for it would go on
 * with the former data; and a mark that is gone, for then somebody may start one.
 */
export function swapProblems({ hosts }: Pick<RestorePlan, 'hosts'>, now: EnsembleFacts): readonly Failure[] {
  const runs = now.members.filter((member) => serverOf(member) !== undefined)
  const bare = now.members.filter(
    (member) => hosts.some(({ host }) => host === member.host) && restoreMarkOf(member) === undefined,
  )
  return [...runs.map(({ host }) => stillRuns(host)), ...bare.map(({ host }) => notMarked(host))]
}

const stillRuns = (host: HostName): Failure =>
  new Failure({
    host,
    step: 'restore',
    got: 'its server still runs, so no data was touched anywhere',
    hint: 'run the same command again; see `status`',
  })

const notMarked = (host: HostName): Failure =>
  new Failure({
    host,
    step: 'restore',
    got: 'its mark is gone, so no data was touched anywhere',
    hint: 'run the same command again',
    exit: 5,
  })

/** The zxid that an epoch begins with, as it stands at the end of a file's name: hex. */
export const zxidOfEpoch = (epoch: number): string => `${epoch.toString(16)}00000000`

/**
 * One more than any epoch that a member, its list of members, or the backup knows of: what clients have seen is below it, so they go on,
 * and no former state of a member could be newer.
 */
export function epochAbove(backup: ToRestore, data: readonly DataFiles[], now: EnsembleFacts): number {
  const ofFiles = data.flatMap(({ files, currentEpoch, acceptedEpoch }) => [
    currentEpoch ?? 0,
    acceptedEpoch ?? 0,
    ...files.map(({ name }) => epochOf(zxidOf(name, 'snapshot') ?? zxidOf(name, 'log') ?? '0'.repeat(16))),
  ])
  const ofMembers = now.members
    .flatMap((member) => [servingOf(member)?.zxid, ownConfig(member)?.version])
    .map((zxid) => epochOf(zxid ?? '0'.repeat(16)))
  const { current, accepted } = backup.epochs
  return 1 + Math.max(epochOf(backup.zxid), current ?? 0, accepted ?? 0, ...ofFiles, ...ofMembers)
}

/**
 * When a restore begins, in seconds since the epoch: later than whatever was set aside on a host (by its path), so that what it sets aside counts as
 * the newest although the operator's clock is slow. Pure.
 */
export function sinceOf(seconds: number, asides: readonly string[]): number {
  const times = asides.map((path) => Number(/^data\/aside\.(\d{1,12})-/.exec(path)?.[1] ?? 0))
  return times.reduce((latest, time) => Math.max(latest, time + 1), seconds)
}
