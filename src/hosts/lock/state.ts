import { type Failure, LockHeld } from '../../model/failure.ts'
import { format, laterVersion } from '../../model/format.ts'
import type { HostName } from '../../model/names.ts'
import type { LockFacts } from '../../remote/host-facts.ts'

/** Who asks: the token is random and names the run; `lives` tells whether that very process is on this machine now. */
export interface Holder {
  readonly token: string
  /** such as `ann@laptop` */
  readonly who: string
  readonly operator: LockFacts['operator']
  readonly lives: (pid: number, start: string) => boolean
}

/** Seconds without a heartbeat after which a lock is dead; the heartbeat comes every 4. */
const deadAfter = 15

/**
 * Whose lock it is (docs/design.md, The lock). Dead: of another boot of that host, or without a heartbeat for 15 s, or of a process on
 * this very machine and boot that is gone. `boot` is the host's present one.
 */
export function lockState(lock: LockFacts, boot: string, self: Holder): 'ours' | 'live' | 'dead' {
  if (lock.token === self.token) return 'ours'
  if (lock.boot !== boot || lock.age > deadAfter) return 'dead'
  const { machine, boot: operatorBoot, pid, start } = lock.operator
  const isHere = machine === self.operator.machine && operatorBoot === self.operator.boot
  return isHere && !self.lives(pid, start) ? 'dead' : 'live'
}

/** A lock that a later version wrote is neither judged nor taken over; exit 5. */
export const ofLaterVersion = (host: HostName, lock: LockFacts): Failure | undefined =>
  lock.format <= format ? undefined : laterVersion(lock.format, 'take the lock', host)

/** Another's live lock: exit 6, who holds it and since when. */
export const heldByAnother = (host: HostName, lock: LockFacts): LockHeld =>
  new LockHeld({
    host,
    step: 'take the lock',
    got: `held by ${holderOf(lock)}`,
    hint: 'wait for that run, or give --lock-wait; `dman-bootstrap unlock` shows the lock and removes it',
  })

/** `ann@laptop (pid 17) since 2024-01-31 10:00:00 UTC`, by the host's clock. */
export const holderOf = ({ who, since, operator }: LockFacts): string =>
  `${who} (pid ${operator.pid}) since ${new Date(since * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`
