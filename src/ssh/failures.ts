import { Failure, type FailureExit, type FailureParts, Unreachable, wordsOf } from '../model/failure.ts'

/** Why a forwarded connection did not come about: closed port · no answer or no route · forbidden by sshd · anything else. */
export type RefusalReason = 'refused' | 'blocked' | 'prohibited' | 'unknown'

/** A port that could not be reached through a host; `reason` says what that tells of the port. */
export class ForwardRefused extends Failure {
  override readonly name: string = 'ForwardRefused'
  readonly reason: RefusalReason
  constructor(what: FailureParts & { readonly reason: RefusalReason }) {
    super(what)
    this.reason = what.reason
  }
  override parts() {
    return { ...super.parts(), reason: this.reason }
  }
}

/** The connection ended before a login was tried, so that trying again cannot count as a failed login. */
export class Dropped extends Unreachable {
  override readonly name: string = 'Dropped'
}

/** What went wrong, and what to do about it. */
export interface Trouble {
  readonly got: string
  readonly hint: string
}

const byCode: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: { got: 'connection refused', hint: 'is sshd running there, and is the port right?' },
  EHOSTUNREACH: { got: 'no route to host', hint: 'is the machine up, and the address right?' },
  ENETUNREACH: { got: 'no route to host', hint: 'is this machine connected to that network?' },
  EHOSTDOWN: { got: 'no route to host', hint: 'is the machine up, and the address right?' },
  ETIMEDOUT: { got: 'timed out', hint: 'is the machine up, the address right, and no firewall in between?' },
  ENOTFOUND: { got: 'name not found', hint: 'check the address in the inventory, or name resolution here' },
  EAI_AGAIN: { got: 'name not found: no name server answers', hint: 'check name resolution on this machine' },
  ECONNRESET: { got: 'connection reset', hint: 'something at that address ends connections: sshd, or a firewall' },
  EPIPE: { got: 'connection reset', hint: 'something at that address ends connections: sshd, or a firewall' },
  EACCES: { got: 'not permitted by this machine', hint: 'a local firewall forbids the connection' },
  EPERM: { got: 'not permitted by this machine', hint: 'a local firewall forbids the connection' },
}

/** A socket's error in plain words; of several addresses of one name the first counts. */
export function socketTrouble(error: unknown): Trouble {
  const code = codeOf(error)
  const known = code === undefined ? undefined : byCode[code]
  if (known !== undefined) return known
  return { got: wordsOf(error), hint: 'check the address and the network' }
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * Why the server did not open a forwarded connection (RFC 4254, section 5.1; sshd sends strerror's text with reason 2).
 * Its bare `open failed` with that reason is a connection that it could not even begin: no route, or its own firewall.
 * Other servers word it differently: what is not recognised stays unknown.
 */
export function refusalReason(reason: unknown, text: string): RefusalReason {
  if (reason === 1) return 'prohibited'
  if (/refused/i.test(text)) return 'refused'
  if (/prohibited/i.test(text)) return 'prohibited'
  if (/timed? ?out|no route|unreachable|host is down/i.test(text)) return 'blocked'
  return reason === 2 && text === notBegun ? 'blocked' : 'unknown'
}

const notBegun = 'open failed'

/** A connection that did not come about, or is gone; what it was given up with, where that says another exit code (Ctrl-C). */
export const unreached = (what: FailureParts): Failure =>
  what.exit === undefined ? new Unreachable(what) : new Failure(what)

/** How an abort is told: a deadline that passed, or whatever the signal was aborted with. */
export function abortTrouble(signal: AbortSignal, waitedFor: string): Trouble & { exit?: FailureExit } {
  const reason: unknown = signal.reason
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return { got: `timed out: ${waitedFor}`, hint: 'is the machine overloaded or cut off? --timeout allows more' }
  }
  if (reason instanceof Failure) return { got: reason.got, hint: reason.hint, exit: reason.exit }
  return { got: 'given up', hint: 'run it again' }
}
