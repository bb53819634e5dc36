import type { ConfigLine } from './config-lines.ts'
import { problemAt } from './config-lines.ts'
import { listed } from './glob.ts'

/** Whether what follows a Host or Match line counts; `unknown` are the words of what would have to be looked at. */
export type Applies = 'yes' | 'no' | { readonly unknown: string }

/** What a line's conditions are held against. */
export interface Candidate {
  /** as the user gave it */
  readonly asked: string
  /** the same; in the final pass what the first one found */
  readonly name: string
  /** where the connection goes, as far as is known by now */
  readonly address: string
  readonly user: string
  readonly localUser: string
  readonly isFinal: boolean
}

/** Judges a `Host` or `Match` line. Throws a ConfigProblem where its words make no condition. */
export function blockOf(line: ConfigLine, now: Candidate): { applies: Applies; wantsFinal: boolean } {
  if (line.args.length === 0) throw problemAt(line, 'it has no condition')
  if (line.keyword === 'match') return matchOf(line, now)
  return { applies: listed(line.args, now.name) ? 'yes' : 'no', wantsFinal: false }
}

/** All criteria have to hold. What needs a look elsewhere (exec, localnetwork, …) is never done: it stays unknown. */
function matchOf(line: ConfigLine, now: Candidate): { applies: Applies; wantsFinal: boolean } {
  const words = line.args.flatMap((word) => /^(!?\w+)=(.+)$/.exec(word)?.slice(1) ?? [word])
  let applies: Applies = 'yes'
  let wantsFinal = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const isNot = word.startsWith('!')
    const criterion = word.slice(isNot ? 1 : 0).toLowerCase()
    const plain = criterion === 'all' || criterion === 'final' || criterion === 'canonical'
    const value = plain ? '' : words[++i]
    if (value === undefined) throw problemAt(line, `\`${word}\` has no value`)
    wantsFinal ||= criterion === 'final'
    const holds = criterionHolds(criterion, value, now)
    if (holds === undefined) applies = applies === 'no' ? 'no' : { unknown: `\`Match ${word}\`` }
    else if (holds === isNot) applies = 'no'
  }
  return { applies, wantsFinal }
}

function criterionHolds(criterion: string, value: string, now: Candidate): boolean | undefined {
  const patterns = value.split(',')
  switch (criterion) {
    case 'all':
      return true
    case 'final':
    case 'canonical':
      return now.isFinal
    case 'host':
      return listed(patterns.map(small), small(now.address))
    case 'originalhost':
      return listed(patterns.map(small), small(now.asked))
    case 'user':
      return listed(patterns, now.user)
    case 'localuser':
      return listed(patterns, now.localUser)
    default:
      return undefined
  }
}

const small = (text: string): string => text.toLowerCase()
