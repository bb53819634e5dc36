import { failuresOf } from '../../model/failure.ts'
import { beatLock } from '../../remote/lock-beat.ts'
import { releaseLock } from '../../remote/lock-release.ts'
import { takeLock, type Token } from '../../remote/lock-take.ts'
import { lockedOf } from '../../remote/locked.ts'
import { observe } from '../../remote/observe.ts'
import type { LockFacts } from '../../remote/host-facts.ts'
import type { Remote } from '../../remote/remote.ts'
import type { HostLock, Taking } from './one.ts'
import type { Holder } from './state.ts'

const patience = { take: 20_000, beat: 10_000, release: 5_000 }

/** A host's lock, by the scripts that are sent there. */
export function remoteLock(remote: Remote, self: Holder): HostLock {
  let held: Token | undefined
  const token = (): Token => {
    if (held === undefined) throw new Error(`the lock of ${remote.host} was not taken`)
    return held
  }
  return {
    host: remote.host,
    async take(dead): Promise<Taking> {
      const { who, operator } = self
      const taking = { token: self.token, who, operator, ...(dead === undefined ? {} : { dead }) }
      const taken = await takeLock(remote, taking, AbortSignal.timeout(patience.take))
      if (taken.is === 'held') return stillHeldBy(remote, taken.lock)
      held = taken.token
      return { is: 'taken', locked: lockedOf(remote, held) }
    },
    async beat() {
      try {
        await beatLock(remote, token(), AbortSignal.timeout(patience.beat))
        return true
      } catch (thrown) {
        if (failuresOf(thrown).some(({ exit }) => exit === 6)) return false
        throw thrown
      }
    },
    async release() {
      await releaseLock(remote, token(), AbortSignal.timeout(patience.release))
    },
  }
}

/** The lock as the host tells it now, with the boot that the host is in: a lock of another boot is dead, whatever its age says. */
async function stillHeldBy(remote: Remote, seen: LockFacts): Promise<Taking> {
  const { lock, machine } = await remote.ask(observe, { ports: [] }, AbortSignal.timeout(patience.take))
  return { is: 'held', lock: lock.is === 'present' ? lock.value : seen, boot: machine.boot }
}
