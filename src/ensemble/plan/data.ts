import { foundingConflicts, notOurs, type Ownership, ownershipOf } from '../../hosts/ownership.ts'
import { present } from '../../model/fact.ts'
import { Failure } from '../../model/failure.ts'
import { type HostName, isWanted } from '../../model/names.ts'
import { type Goal, mayChange } from '../desired.ts'
import { type EnsembleFacts, type MemberFacts, stampOf } from '../facts.ts'

/** Data that is not this member's: nothing is started over it and nothing is deleted (case 18). */
export function dataProblems(goal: Goal, now: EnsembleFacts): readonly Failure[] {
  const wanted = new Set(goal.members.filter(isWanted).map(({ host }) => host))
  const members = now.members.filter(({ host }) => wanted.has(host))
  return [
    ...members.flatMap((member) => {
      const found = ownership(goal, member)
      return found === undefined ? [] : problemOf(goal, member.host, found)
    }),
    ...foundingProblems(goal, now, members),
  ]
}

/**
 * Data of another member on hosts that this run would change, or of another founding than the recorded one: an inventory must not
 * stop, let alone remove, what is another's, also where that has the same ensemble's name. With `unstamped` also data that no
 * founding of ours left, or that cannot be told.
 */
export function othersData(goal: Goal, now: EnsembleFacts, unstamped = false): readonly Failure[] {
  const members = now.members.filter(({ host }) => mayChange(goal, host))
  const others = members.flatMap((member) => {
    const found = ownership(goal, member)
    const isOther = found?.is === 'ensemble' || found?.is === 'member'
    const isNobodys = found?.is === 'unstamped' || found?.is === 'unknown'
    return found !== undefined && (isOther || (unstamped && isNobodys)) ? problemOf(goal, member.host, found) : []
  })
  // Without a record nobody can tell which of two foundings is meant; then name, host and id have to do.
  return now.founding.is === 'present' ? [...others, ...foundingProblems(goal, now, members)] : others
}

/** Undefined where the host was not observed, or holds nothing at all. */
function ownership({ ensemble, members }: Goal, { host, id, laid }: MemberFacts): Ownership | undefined {
  const wanted = members.find((member) => member.host === host)?.id ?? id
  return laid.is === 'present' ? ownershipOf({ ensemble, host, id: wanted }, laid.value.data) : undefined
}

function problemOf({ home }: Goal, host: HostName, found: Ownership): readonly Failure[] {
  if (!('got' in found)) return []
  return [failure(host, found.got, found.is === 'unknown' ? found.hint : notOurs(home, host))]
}

function foundingProblems({ ensemble, home }: Goal, now: EnsembleFacts, members: readonly MemberFacts[]) {
  const stamped = members.flatMap((member) => {
    const stamp = stampOf(member)
    return stamp?.ensemble === ensemble ? [{ host: member.host, founding: stamp.founding }] : []
  })
  const recorded = now.founding.is === 'present' ? present(now.founding.value.id) : now.founding
  return foundingConflicts(stamped, recorded).map(({ host, got }) => failure(host, got, notOurs(home, host)))
}

const failure = (host: HostName, got: string, hint: string): Failure =>
  new Failure({ host, step: 'look whose data the host holds', got, hint, exit: 5 })
