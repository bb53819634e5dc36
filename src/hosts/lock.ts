import { onAbort } from '../model/abort.ts'
import type { Emit } from '../model/event.ts'
import { type Failure, Failures, failuresOf, Interrupted, LockHeld } from '../model/failure.ts'
import type { Remote } from '../remote/remote.ts'
import { type HeldLock, heldLock } from './lock/held.ts'
import { type Holding, holding } from './lock/hold.ts'
import type { HostLock } from './lock/one.ts'
import { remoteLock } from './lock/remote-lock.ts'
import { settleAll } from './lock/settle.ts'
import type { Holder } from './lock/state.ts'
import { type Electorate, takeAll } from './lock/take.ts'

export { breakLocks, shownLocks, unknownLocks, type ShownLock } from './lock/show.ts'
export type { HeldLock } from './lock/held.ts'
export { holderFor } from './lock/holder.ts'
export type { Holder } from './lock/state.ts'
export type { Electorate } from './lock/take.ts'

export interface LockOptions extends Electorate {
  /** ms to wait for another's live lock; 0: none */
  readonly wait: number
  readonly interrupted: AbortSignal
  readonly emit: Emit
}

/**
 * Runs `body` while this run holds the lock of docs/design.md, and gives it back however the body ends. The hosts' locks come in order of
 * id; what an earlier run left running there is outcomesOf before the body begins. Rejects with exit 6 where another's is live, 4 without a
 * majority, 5 where a later version's lies, 130 when interrupted while waiting; else as the body does. `remotes` are those that can be
 * reached, in order of id.
 */
export async function withLock<T>(
  remotes: readonly Remote[],
  self: Holder,
  options: LockOptions,
  body: (lock: HeldLock) => Promise<T>,
  lockOf: (remote: Remote) => HostLock = (remote) => remoteLock(remote, self),
): Promise<T> {
  const locks = remotes.map(lockOf)
  const held = await taking(locks, self, options)
  try {
    return await body(heldLock(held, locks, self, options))
  } finally {
    tellReleased(await held.giveBack(), options.emit)
  }
}

/** Attempts until all is held, or the wait is over. Between attempts nothing is held, so that two who wait can't block each other. */
async function taking(locks: readonly HostLock[], self: Holder, options: LockOptions): Promise<Holding> {
  const { emit, interrupted } = options
  const until = Date.now() + options.wait
  emit({ task: 'lock', is: 'begun', title: 'lock' })
  for (;;) {
    const held = holding()
    try {
      await takeAll(locks, self, options, { taken: held.add, skipped: (why) => tellSkipped(why, emit) })
      await settleAll(held.taken, emit)
      emit({ task: 'lock', is: 'ended', outcome: 'done' })
      return held
    } catch (thrown) {
      tellReleased(await held.giveBack(), emit)
      const failures = failuresOf(thrown, 'take the lock')
      const live = failures.find((failure) => failure instanceof LockHeld)
      if (live === undefined || !failures.every((failure) => failure instanceof LockHeld) || Date.now() >= until) {
        emit({ task: 'lock', is: 'ended', outcome: 'failed' })
        throw new Failures(failures)
      }
      emit({ task: 'lock', is: 'waiting', for: `the lock of ${live.host ?? 'a host'}, ${live.got}` })
    }
    await sleepUnless(interrupted, Math.min(1_000 + Math.random() * 500, Math.max(0, until - Date.now())))
  }
}

async function sleepUnless(interrupted: AbortSignal, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      forget()
      resolve()
    }, ms)
    const forget = onAbort(interrupted, () => {
      clearTimeout(timer)
      resolve()
    })
  })
  if (!interrupted.aborted) return
  throw new Interrupted({ step: 'wait for the lock', got: 'interrupted', hint: 'run it again' })
}

const tellSkipped = (why: Failure, emit: Emit): void =>
  emit({
    task: 'lock',
    ...(why.host === undefined ? {} : { host: why.host }),
    is: 'log',
    level: 'warn',
    text: `not locked, for it cannot be reached: ${why.got}`,
  })

const tellReleased = (failures: readonly Failure[], emit: Emit): void =>
  failures.forEach(({ message }) =>
    emit({
      task: 'lock',
      is: 'log',
      level: 'warn',
      text: `the lock could not be given back (it dies in 15 s): ${message}`,
    }),
  )
