import { lockCall } from './exchange.ts'
import type { LaidFacts, LockFacts } from './host-facts.ts'
import { runningOf } from './laid-facts.ts'
import { linkOf } from './link.ts'
import { lockFacts } from './lock-facts.ts'
import text from './lock-take.sh'
import { must, odd, said } from './records.ts'
import type { LockScript, Remote } from './remote.ts'
import { type Token, tokenOf } from './token.ts'

export interface LockTaking {
  /** random hex digits, new with every run */
  readonly token: string
  readonly who: string
  /** the operator's machine, boot and process, for a later run there to see that it is gone */
  readonly operator: LockFacts['operator']
  /** token of a dead lock that is to be taken away first, if it still is that one */
  readonly dead?: string
}

/**
 * `running`: living scripts of other runs, looked for once the lock was taken; `boot`: the host's present one, against which the holder's
 * is judged
 */
export type LockAnswer =
  | { readonly is: 'taken'; readonly token: Token; readonly running: LaidFacts['running'] }
  | { readonly is: 'held'; readonly lock: LockFacts; readonly boot: string }

const tokenForm = /^[0-9a-f]{16,64}$/

/** Makes ~/<home> and takes its lock, or tells who holds it. LockTaking it again with the same token finds it taken. */
export const takeLock = (remote: Remote, taking: LockTaking, deadline?: AbortSignal): Promise<LockAnswer> =>
  lockCall(linkOf(remote), undefined, lockTake, taking, deadline)

const oneLine = (value: string): string => value.replace(/[\p{Cc}]+/gu, ' ')

const lockTake: LockScript<LockTaking, LockAnswer> = {
  name: 'lock-take',
  does: 'take the lock',
  changes: 'own lock',
  text,
  variables: ({ token, who, operator, dead = '' }) => {
    for (const given of [token, ...(dead === '' ? [] : [dead])])
      if (!tokenForm.test(given)) throw new Error(`not a token: ${given}`)
    return {
      token,
      dead,
      who: oneLine(who),
      machine: oneLine(operator.machine),
      operator_boot: oneLine(operator.boot),
      operator_pid: String(operator.pid),
      operator_start: oneLine(operator.start),
    }
  },
  result: (records, { token }, host) => {
    if (said(records, 'taken') !== undefined) {
      const running = runningOf(records).filter((script) => script.token !== token)
      return { is: 'taken', token: tokenOf(host, token), running }
    }
    const lock = lockFacts(records, must(records, 'uptime'))
    if (lock === undefined) throw odd('the lock could not be taken, yet nobody holds it')
    return { is: 'held', lock, boot: must(records, 'boot') }
  },
}
