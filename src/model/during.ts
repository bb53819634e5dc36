import type { Emit, EventBody } from './event.ts'
import { failuresOf, Unreachable } from './failure.ts'
import type { HostName } from './names.ts'

/** Of which task work is told, and of which host. */
export interface At {
  readonly task: string
  readonly host?: HostName
}

type Ended = Extract<EventBody, { is: 'ended' }>
/** What the end of work that went well is told as; `done` where it is left out. */
type Told = Partial<Pick<Ended, 'outcome' | 'note'>>

/** What rejected work came to: a host that was lost may have done it all the same. */
const outcomeOf = (thrown: unknown): 'failed' | 'unknown' =>
  failuresOf(thrown).some((failure) => failure instanceof Unreachable) ? 'unknown' : 'failed'

/** Work that tells its beginning and its good end by itself: where it rejects its task is ended here. */
export async function unlessFailed<T>(emit: Emit, at: At, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    emit({ ...at, is: 'ended', outcome: outcomeOf(thrown) })
    throw thrown
  }
}

/** Work told as begun and, however it ends, as ended; resolves and rejects as it does. `told`: how its good end is told. */
export async function during<T>(
  emit: Emit,
  at: At,
  title: string,
  work: () => Promise<T>,
  told: (result: T) => Told = () => ({}),
): Promise<T> {
  emit({ ...at, is: 'begun', title })
  const result = await unlessFailed(emit, at, work)
  emit({ ...at, is: 'ended', outcome: 'done', ...told(result) })
  return result
}
