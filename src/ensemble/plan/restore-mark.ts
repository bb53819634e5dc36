import { Failure } from '../../model/failure.ts'
import type { RestoreMark } from '../../remote/host-facts.ts'
import type { Goal } from '../desired.ts'
import type { EnsembleFacts, MemberFacts } from '../facts.ts'
import { wanted } from './expected.ts'

/** The mark of a restore on that host; undefined where there is none, or it is not known. */
export function restoreMarkOf({ laid }: MemberFacts): RestoreMark | undefined {
  const mark = laid.is === 'present' ? laid.value.data.mark : undefined
  return mark?.is === 'present' ? mark.value : undefined
}

/**
 * A restore is under way: until it is finished nothing is started anywhere, for the members' data may differ (case 40). The mark of one that
 * leaves hinders nobody: it keeps that one off.
 */
export const markProblems = (goal: Goal, now: EnsembleFacts): readonly Failure[] =>
  wanted(goal, now).flatMap((member) => {
    const mark = member.laid.is === 'present' ? member.laid.value.data.mark : undefined
    if (mark === undefined || mark.is === 'absent') return []
    const got = mark.is === 'present' ? markWords(mark.value) : mark.why.got
    const { host } = member
    return [new Failure({ host, step: 'look whether a restore is under way', got, hint: finish, exit: 5 })]
  })

export const markWords = ({ restore, since, who }: RestoreMark): string =>
  `a restore of the backup ${restore} by ${who}, begun ${new Date(since * 1000).toISOString()}, is not finished`

const finish =
  'run `restore` again with the same file: it goes on where that one ended; any other backup may be restored instead; `restore --undo` takes it back as long as no data was replaced'
