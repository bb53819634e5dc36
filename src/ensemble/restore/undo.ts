import { type Fact, unknown } from '../../model/fact.ts'
import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { RestoreMark } from '../../remote/host-facts.ts'
import type { MemberOwner } from '../../remote/member.ts'
import { type Goal, roleOf, type Serve } from '../desired.ts'
import { type EnsembleFacts, holdsNothing, isHalfFounded, type MemberFacts, stampOf } from '../facts.ts'
import { dataProblems, othersData } from '../plan/data.ts'
import { wanted } from '../plan/expected.ts'
import { recordProblems } from '../plan/membership-problems.ts'
import { markWords, restoreMarkOf } from '../plan/restore-mark.ts'
import { unlisted, unseenLeavers } from './members.ts'

/** Whose marks are to go, of which restore each is, and whose data has to be under it. */
export interface Undo {
  readonly marked: readonly { readonly host: HostName; readonly mark: RestoreMark; readonly owner: MemberOwner }[]
  /** hosts that are to leave and cannot be seen: their marks stay */
  readonly unseen: readonly HostName[]
  readonly refusals: readonly Failure[]
}

/**
 * Whether a restore that was stopped can be taken back: only while no data was replaced anywhere. Data is replaced once every host is marked,
 * and marks go only once all say `release`: so where all that are there say `hold`, with nothing set aside under them, every host has what it
 * had. Whose data it is has to be known first (case 18). Pure. `asides`: former data on each host by its paths.
 */
export function planUndo(goal: Goal, now: EnsembleFacts, asides: ReadonlyMap<HostName, readonly string[]>): Undo {
  const marks = now.members.map((member) => ({ member, mark: restoreMarkOf(member) }))
  const marked = marks.flatMap(({ member, mark }) =>
    mark === undefined ? [] : [{ host: member.host, mark, owner: ownerOf(goal, now, member) }],
  )
  // The mark of one that is to leave keeps only that one off, and a dead host never shows it.
  const unread = now.members.flatMap(({ host, laid }) => {
    if (laid.is === 'unknown' && roleOf(goal, host) === 'absent') return []
    const mark: Fact<RestoreMark> | undefined =
      laid.is === 'unknown' ? unknown(laid.why) : laid.is === 'present' ? laid.value.data.mark : undefined
    return mark?.is === 'unknown' ? [mark.why.of(host)] : []
  })
  const replaced = marked.flatMap(({ host, mark }) => {
    const why = whyReplaced(mark, asides.get(host) ?? [])
    return why === undefined ? [] : [refusal(host, `${markWords(mark)}, and ${why}`)]
  })
  const others = marked.length === 0 ? [] : [...unlisted(goal, now), ...othersMarks(goal, now, marked)]
  const unseen = marked.length === 0 ? [] : unseenLeavers(goal, now)
  return { marked, unseen, refusals: [...unread, ...replaced, ...others] }
}

/** What tells that the marks are of another ensemble's restore; those that leave are looked at, too, where they are marked. */
function othersMarks(goal: Goal, now: EnsembleFacts, marked: Undo['marked']): readonly Failure[] {
  const leavers = marked.filter(({ host }) => roleOf(goal, host) === 'absent').map(({ host }) => host)
  return [
    ...dataProblems(goal, now),
    ...othersData({ ...goal, only: new Set(leavers) }, now, true),
    ...recordProblems(goal, now),
  ]
}

/** A host that has no stamp yet is nobody's. */
function ownerOf({ ensemble }: Goal, { founding }: EnsembleFacts, member: MemberFacts): MemberOwner {
  const of = founding.is === 'present' ? founding.value.id : stampOf(member)?.founding
  return { ensemble, host: member.host, id: member.id, ...(of === undefined ? {} : { founding: of }) }
}

/**
 * Hosts that had no data when the restore came, and were at most founded for it. `start` would start them with nothing in hand, or wait for
 * them in vain; `up` has them join those that serve.
 */
export const withoutData = (goal: Goal, now: EnsembleFacts): readonly HostName[] =>
  wanted(goal, now)
    .filter((member) => holdsNothing(member) || isHalfFounded(member))
    .map(({ host }) => host)

/** What the others are to come to once the marks are gone. */
export function resumed(goal: Serve, now: EnsembleFacts): Serve {
  const bare = withoutData(goal, now)
  const members = goal.members.map((each) => (bare.includes(each.host) ? { ...each, role: 'absent' as const } : each))
  return { ...goal, members }
}

/** What is still to be done about a host without data. */
export const toJoin = (host: HostName): Failure =>
  new Failure({
    host,
    step: 'take a restore back',
    got: 'it is taken back, and this host had no data before',
    hint: 'run `up`: it joins those that serve',
  })

function whyReplaced({ phase, restore, since, over }: RestoreMark, asides: readonly string[]): string | undefined {
  if (phase !== 'hold') return 'it has replaced the data already'
  if (over !== undefined) return `it came over that of ${over}, which may have replaced the data`
  return asides.includes(`data/aside.${since}-${restore}`) ? 'it may have replaced the data already' : undefined
}

const refusal = (host: HostName, got: string): Failure =>
  new Failure({ host, step: 'take a restore back', got, hint: 'it can only be finished: run `restore` again', exit: 5 })
