import { type Failure, LockLost } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { outcomesOf } from '../../model/together.ts'
import type { TakenLock } from './one.ts'
import { type Electorate, lacking, noMajority } from './take.ts'

const beatEvery = 4_000

/** Locks that are held, each with its heartbeat. */
export interface Holding {
  readonly taken: readonly TakenLock[]
  /** aborted with a Failure (exit 6) once any host answered that its lock is no longer ours */
  readonly lost: AbortSignal
  readonly add: (taken: TakenLock) => void
  /** asks every host now; rejects where one's lock is lost (exit 6), or those that still answer are no majority (exit 4) */
  stillHeld(electorate: Electorate): Promise<void>
  /** ends the heartbeats and gives all locks back; what can't be reached dies by itself. Never rejects. */
  giveBack(): Promise<readonly Failure[]>
}

export function holding(): Holding {
  const taken: TakenLock[] = []
  const beats: Heartbeat[] = []
  const lost = new AbortController()
  const beat = async (one: TakenLock): Promise<boolean> => {
    const isOurs = await one.lock.beat()
    if (!isOurs) lost.abort(takenAway(one.lock.host))
    return isOurs
  }
  return {
    taken,
    lost: lost.signal,
    add(one) {
      taken.push(one)
      beats.push(heartbeat(() => beat(one)))
    },
    async stillHeld(electorate) {
      const answers = await Promise.allSettled(taken.map(beat))
      lost.signal.throwIfAborted()
      const held = taken.flatMap(({ lock }, index) => (answers[index]?.status === 'fulfilled' ? [lock.host] : []))
      const short = lacking(held, electorate)
      if (short !== undefined) throw noMajority(short)
    },
    async giveBack() {
      beats.splice(0).forEach(({ stop }) => stop())
      const { failed } = await outcomesOf(taken.splice(0).map(({ lock }) => lock.release()))
      return failed
    },
  }
}

interface Heartbeat {
  readonly stop: () => void
}

/** A beat at a time; one that fails is tried again at its next turn, for only the host's own answer says that a lock is lost. */
function heartbeat(beat: () => Promise<boolean>): Heartbeat {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const turn = async (): Promise<void> => {
    const goesOn = await beat().catch(() => true)
    if (goesOn && !isStopped) next()
  }
  const next = (): void => {
    timer = setTimeout(() => void turn(), beatEvery)
  }
  next()
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

const takenAway = (host: HostName): LockLost =>
  new LockLost({
    host,
    step: 'hold the lock',
    got: 'another run took it over, or `unlock` removed it',
    hint: 'see with `dman-bootstrap status` what there is, then run it again',
  })
