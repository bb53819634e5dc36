import type { HostName } from '../../model/names.ts'
import type { LaidFacts, LockFacts } from '../../remote/host-facts.ts'
import type { Locked } from '../../remote/remote.ts'
import { heldByAnother, type Holder, lockState, ofLaterVersion } from './state.ts'

/** The lock of one host, as the policy uses it; each call is one round trip and rejects with a Failure. */
export interface HostLock {
  readonly host: HostName
  /** `over`: the token of a dead lock that is to be replaced, if it still is that one; taking again what is ours succeeds */
  take(over?: string): Promise<TakeOutcome>
  /** false: the lock there is no longer ours */
  beat(): Promise<boolean>
  release(): Promise<void>
}

export type TakeOutcome =
  /** `running`: what earlier runs left running there */
  | { readonly is: 'taken'; readonly locked: Locked; readonly running: LaidFacts['running'] }
  /** `boot`: the host's present one */
  | { readonly is: 'held'; readonly lock: LockFacts; readonly boot: string }

export interface TakenLock {
  readonly lock: HostLock
  readonly locked: Locked
  /** changing scripts of earlier runs that still ran there when it was taken */
  readonly running: LaidFacts['running']
}

/** Takes one host's lock, over a dead one too. Rejects with exit 6 where another's is live, 5 where a later version's is there. */
export async function takeOne(lock: HostLock, self: Holder): Promise<TakenLock> {
  let over: string | undefined
  for (;;) {
    const taking = await lock.take(over)
    if (taking.is === 'taken') return { lock, locked: taking.locked, running: taking.running }
    const refused = ofLaterVersion(lock.host, taking.lock)
    if (refused !== undefined) throw refused
    // A dead lock that is still there after we were to replace it was replaced by someone and died again, or can't be replaced.
    const isDead = lockState(taking.lock, taking.boot, self) === 'dead' && taking.lock.token !== over
    if (!isDead) throw heldByAnother(lock.host, taking.lock)
    over = taking.lock.token
  }
}
