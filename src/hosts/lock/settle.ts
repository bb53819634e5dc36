import type { Emit } from '../../model/event.ts'
import { onHost } from '../../model/failure.ts'
import { together } from '../../model/together.ts'
import { settle } from '../../remote/settle.ts'
import type { TakenLock } from './one.ts'

/** Seconds that a dead run's script may go on before it is ended: most are at a consistent point sooner than that. */
const grace = 10
/** and those in which one that does not listen is ended */
const ending = 8

/**
 * Waits for what an earlier run left running on a host, or ends it. Comes once the lock is held and before anything is observed under it: what
 * was seen while such a script ran is no fact.
 */
export async function settleOne({ lock, locked, running }: TakenLock, emit: Emit): Promise<void> {
  if (running.length === 0) return
  const named = running.map(({ script, pid }) => `${script} (pid ${pid})`).join(', ')
  emit({ task: 'lock', host: lock.host, is: 'waiting', for: `${named} of an earlier run on ${lock.host} to end` })
  const most = running.length * (grace + ending) * 1000
  await locked.change(settle, { running, grace }, AbortSignal.timeout(most))
}

/** All hosts side by side; rejects with all Failures: where an earlier run still writes nothing is begun. */
export async function settleAll(taken: readonly TakenLock[], emit: Emit): Promise<void> {
  await together(taken.map((one) => onHost(one.lock.host, () => settleOne(one, emit), 'settle')))
}
