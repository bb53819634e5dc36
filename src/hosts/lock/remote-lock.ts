import { LockLost } from '../../model/failure.ts'
import { beatLock } from '../../remote/lock-beat.ts'
import { releaseLock } from '../../remote/lock-release.ts'
import { takeLock } from '../../remote/lock-take.ts'
import { lockedOf } from '../../remote/locked.ts'
import type { Remote } from '../../remote/remote.ts'
import type { Token } from '../../remote/token.ts'
import type { HostLock, TakeOutcome } from './one.ts'
import type { Holder } from './state.ts'

const patience = { take: 20_000, beat: 30_000, release: 5_000 }

/** A host's lock, by the scripts that are sent there. */
export function remoteLock(remote: Remote, self: Holder): HostLock {
  let held: Token | undefined
  const token = (): Token => {
    if (held === undefined) throw new Error(`the lock of ${remote.host} was not taken`)
    return held
  }
  return {
    host: remote.host,
    async take(dead): Promise<TakeOutcome> {
      const { who, operator } = self
      const taking = { token: self.token, who, operator, ...(dead === undefined ? {} : { dead }) }
      const taken = await takeLock(remote, taking, AbortSignal.timeout(patience.take))
      if (taken.is === 'held') return taken
      held = taken.token
      return { is: 'taken', locked: lockedOf(remote, held), running: taken.running }
    },
    async beat() {
      try {
        await beatLock(remote, token(), AbortSignal.timeout(patience.beat))
        return true
      } catch (thrown) {
        if (thrown instanceof LockLost) return false
        throw thrown
      }
    },
    async release() {
      await releaseLock(remote, token(), AbortSignal.timeout(patience.release))
    },
  }
}
