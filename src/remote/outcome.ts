import { Failure, type FailureExit } from '../model/failure.ts'
import type { Outcome } from '../ssh/connection.ts'
import type { Frame } from './frame.ts'
import { markOf } from './frame.ts'
import { said } from './records.ts'
import type { Records } from './remote.ts'

/** How scripts end besides 0 and 1 (prelude.sh): refused, and the lock not ours. */
const exits: Readonly<Record<number, FailureExit>> = { 85: 5, 86: 6 }

const hints: Readonly<Record<FailureExit, string>> = {
  1: 'look at the host, then run it again: what was done is kept',
  3: '',
  4: 'run it again: the host is observed first, and what is unfinished is finished',
  5: 'nothing was changed by this call',
  6: 'another run took the lock over, or it was removed by hand: run it again',
  130: '',
}

interface Heard {
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
  const exit = exits[status] ?? 1
  const got = said(records, 'words') ?? (words === '' ? `the script ended with ${status}` : words)
  return new Failure({ step, got, hint: said(records, 'hint') ?? hints[exit], exit })
}

function brokenOff({ frame, stderr, stdout, outcome }: Heard, words: string, step: string): Failure {
  if (outcome?.is === 'unknown') return unfinished(step, outcome.why.got, outcome.why)
  const ended =
    outcome?.is === 'signalled' ? `was ended by ${outcome.signal}` : `ended with ${outcome?.code ?? 'nothing'}`
  if (frame.begun) return unfinished(step, `the script ${ended} amid its work${words === '' ? '' : `: ${words}`}`)
  const noise = shortened([stdout.toString('utf8').trim(), stderr.trim()].filter((part) => part !== '').join('; '))
  return new Failure({
    step,
    got: `the login ${ended} without running our script${noise === '' ? '' : `: ${noise}`}`,
    hint: 'the user needs a shell that runs `/bin/sh -s`: try it with ssh',
    exit: 4,
  })
}

/** A call of which nobody knows how far it came. */
export const unfinished = (step: string, got: string, cause?: unknown): Failure =>
  new Failure({ step, got: `${got}; it is unknown what the call did`, hint: hints[4], exit: 4, cause })

/** The deadline of a call passed. */
export function noAnswer(step: string, deadline: AbortSignal): Failure {
  const reason: unknown = deadline.reason
  const isLate = reason instanceof Error && reason.name === 'TimeoutError'
  return unfinished(step, isLate ? 'no answer in time' : 'the call was given up', reason)
}

/** What came on stderr once our script ran; a login's own words before it are no matter. */
function wordsAfter(stderr: string, nonce: string): string {
  const begin = `\n${markOf(nonce)} begin\n`
  const at = stderr.indexOf(begin)
  return shortened((at === -1 ? stderr : stderr.slice(at + begin.length)).trim())
}

const shortened = (text: string): string => (text.length > 2000 ? `… ${text.slice(-2000)}` : text)
