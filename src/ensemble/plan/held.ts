import { Failure } from '../../model/failure.ts'
import type { HeldFacts } from '../../remote/host-facts.ts'
import { type EnsembleFacts, type MemberFacts } from '../facts.ts'

/** The mark of a restore on that host; undefined where there is none, or it is not known. */
export function heldOf({ laid }: MemberFacts): HeldFacts | undefined {
  const held = laid.is === 'present' ? laid.value.data.held : undefined
  return held?.is === 'present' ? held.value : undefined
}

/** A restore is under way: until it is finished nothing is started anywhere, for the members' data may differ (case 40). */
export const heldProblems = (now: EnsembleFacts): readonly Failure[] =>
  now.members.flatMap((member) => {
    const held = member.laid.is === 'present' ? member.laid.value.data.held : undefined
    if (held === undefined || held.is === 'absent') return []
    const got = held.is === 'present' ? heldWords(held.value) : held.why.got
    const { host } = member
    return [new Failure({ host, step: 'look whether a restore is under way', got, hint: finish, exit: 5 })]
  })

export const heldWords = ({ restore, since, who }: HeldFacts): string =>
  `a restore of the backup ${restore} by ${who}, begun ${new Date(since * 1000).toISOString()}, is not finished`

const finish =
  'run `restore` again with the same file: it goes on where that one ended; any other backup may be restored instead'
