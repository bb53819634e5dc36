import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { mayChange, type DesiredMember, type Goal } from '../desired.ts'
import { stampOf, type EnsembleFacts, type MemberFacts } from '../facts.ts'

const step = 'look whose data the host holds'

/** Data that is not this member's: nothing is started over it and nothing is deleted (case 18). */
export function dataProblems(goal: Goal, now: EnsembleFacts): readonly Failure[] {
  const wanted = goal.members.filter(({ role }) => role !== 'absent')
  const pairs = wanted.flatMap((want) => {
    const member = now.members.find(({ host }) => host === want.host)
    return member === undefined ? [] : [[want, member] as const]
  })
  return [
    ...pairs.flatMap(([want, member]) => problemOf(goal, want, member)),
    ...foundingProblems(
      now,
      pairs.map(([, m]) => m),
    ),
  ]
}

/**
 * Data of another ensemble on hosts that this run would change: a wrong inventory must not stop, let alone remove, what it does not
 * name. With `unstamped` also data that no founding of ours left, or that cannot be told.
 */
export function othersData(goal: Goal, now: EnsembleFacts, unstamped = false): readonly Failure[] {
  return now.members.flatMap(({ host, laid }) => {
    if (laid.is !== 'present' || !mayChange(goal, host)) return []
    const { stamp, is } = laid.value.data
    if (stamp.is === 'present')
      return stamp.value.ensemble === goal.ensemble
        ? []
        : [foreign(host, `its data is of the ensemble ${stamp.value.ensemble}`)]
    if (!unstamped || is === 'empty') return []
    return [stamp.is === 'unknown' ? stamp.why.of(host) : foreign(host, unstampedWords)]
  })
}

const unstampedWords = 'data/ holds something, and no stamp of ours'

function problemOf(goal: Goal, want: DesiredMember, member: MemberFacts): readonly Failure[] {
  if (member.laid.is !== 'present') return []
  const { stamp, myid, is } = member.laid.value.data
  if (stamp.is === 'unknown') return [stamp.why]
  if (myid.is === 'unknown') return [myid.why]
  if (stamp.is === 'absent') {
    return is === 'empty' ? [] : [foreign(want.host, unstampedWords)]
  }
  const { ensemble, host, id } = stamp.value
  if (ensemble !== goal.ensemble) return [foreign(want.host, `its data is of the ensemble ${ensemble}`)]
  if (host !== want.host || id !== want.id) return [foreign(want.host, `its data is that of ${host} with id ${id}`)]
  if (myid.is === 'present' && myid.value.trim() !== String(want.id)) {
    return [foreign(want.host, `its data/myid says ${myid.value.trim()}, the inventory ${want.id}`)]
  }
  return []
}

/** All data has to be of one founding: the recorded one, or without a record whichever it is. */
function foundingProblems(now: EnsembleFacts, members: readonly MemberFacts[]): readonly Failure[] {
  const stamps = members.flatMap((member) => {
    const stamp = stampOf(member)
    return stamp === undefined ? [] : [{ host: member.host, founding: stamp.founding }]
  })
  const expected = now.founding.is === 'present' ? now.founding.value.id : stamps[0]?.founding
  const source = now.founding.is === 'present' ? '.dman records' : `${stamps[0]?.host ?? 'another host'} is of`
  return stamps
    .filter(({ founding }) => founding !== expected)
    .map(({ host, founding }) => foreign(host, `its data is of founding ${founding}, ${source} ${expected ?? 'none'}`))
}

const foreign = (host: HostName, got: string) =>
  new Failure({
    host,
    step,
    got,
    hint: `nothing was touched; look at ~/dman/data on ${host}, and set it aside if it is not needed`,
    exit: 5,
  })
