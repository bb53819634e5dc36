import {
  Failure,
  type FailureParts,
  LockLost,
  NotBegun,
  OutcomeUnknown,
  Refused,
  Unreachable,
} from '../model/failure.ts'
import type { Outcome } from '../ssh/connection.ts'
import { type Frame, markOf } from './frame.ts'
import { said } from './records.ts'
import type { Records } from './remote.ts'

/** The lock's token on the host is another, or none. */
export const lockLost = (
  step: string,
  got = 'the lock is not held by this run any more',
  hint = 'another run took the lock over, or it was removed by hand: run it again',
): LockLost => new LockLost({ step, got, hint })

/** How scripts end besides 0 (prelude.sh): refused, the lock not ours, not now, anything else. */
function failureOf(
  status: number,
  { step, got, hint }: Omit<FailureParts, 'hint'> & { hint: string | undefined },
): Failure {
  if (status === 85) return new Refused({ step, got, hint: hint ?? 'nothing was changed by this call' })
  if (status === 86) return lockLost(step, got, hint)
  if (status === 87) return new NotBegun({ step, got, hint: hint ?? 'run it again', exit: 5 })
  return new Failure({ step, got, hint: hint ?? 'look at the host, then run it again: what was done is kept' })
}

/** What came of a script's call so far. */
export interface Heard {
  readonly frame: Frame
  readonly stderr: string
  readonly stdout: Buffer
  /** undefined while the channel is open */
  readonly outcome: Outcome | undefined
}

/** The records of a script that ended well; else throws what it said as a Failure. */
export function answerOf(heard: Heard, { nonce, step }: { nonce: string; step: string }): Records {
  const { frame } = heard
  if (frame.status === 0) return frame.records
  const words = wordsAfter(heard.stderr, nonce)
  throw frame.status === undefined ? brokenOff(heard, words, step) : asSaid(frame.records, frame.status, words, step)
}

function asSaid(records: Records, status: number, words: string, step: string): Failure {
  const got = said(records, 'words') ?? (words === '' ? `the script ended with ${status}` : words)
  return failureOf(status, { step, got, hint: said(records, 'hint') })
}

function brokenOff({ frame, stderr, stdout, outcome }: Heard, words: string, step: string): Failure {
  if (outcome?.is === 'unknown') return unfinished(step, outcome.why.got, outcome.why)
  const ended =
    outcome?.is === 'signalled' ? `was ended by ${outcome.signal}` : `ended with ${outcome?.code ?? 'nothing'}`
  if (frame.begun) return unfinished(step, `the script ${ended} amid its work${words === '' ? '' : `: ${words}`}`)
  const noise = shortened([stdout.toString('utf8').trim(), stderr.trim()].filter((part) => part !== '').join('; '))
  return new Unreachable({
    step,
    got: `the login ${ended} without running our script${noise === '' ? '' : `: ${noise}`}`,
    hint: 'the user needs a shell that runs `/bin/sh -s`: try it with ssh',
  })
}

/** A call of which nobody knows how far it came. */
export const unfinished = (step: string, got: string, cause?: unknown, more = ''): OutcomeUnknown =>
  new OutcomeUnknown({
    step,
    got: `${got}; it is unknown what the call did`,
    hint: `run it again: the host is observed first, and what is unfinished is finished${more}`,
    cause,
  })

/** The deadline of a call passed. */
export function noAnswer(step: string, deadline: AbortSignal): Failure {
  const reason: unknown = deadline.reason
  const isLate = reason instanceof Error && reason.name === 'TimeoutError'
  return isLate
    ? unfinished(step, 'no answer in time', reason, '; --timeout gives a step more time')
    : unfinished(step, 'the call was given up', reason)
}

/** What came on stderr once our script ran; a login's own words before it are no matter. */
function wordsAfter(stderr: string, nonce: string): string {
  const begin = `\n${markOf(nonce)} begin\n`
  const at = stderr.indexOf(begin)
  return shortened((at === -1 ? stderr : stderr.slice(at + begin.length)).trim())
}

const shortened = (text: string): string => (text.length > 2000 ? `… ${text.slice(-2000)}` : text)
