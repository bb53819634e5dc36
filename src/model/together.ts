import { Failures, failuresOf, throwAll, type Failure } from './failure.ts'
import type { HostName } from './names.ts'

// What is side by side goes to its end, also where another part of it fails: nothing is left running behind a failure.

/** The results of those that ended well, in order, and all Failures of the others. Never rejects. */
export async function settled<T>(
  works: Iterable<Promise<T>>,
): Promise<{ readonly done: readonly T[]; readonly failed: readonly Failure[] }> {
  const outcomes = await Promise.allSettled(works)
  return {
    done: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    failed: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason) : [])),
  }
}

/** All results; rejects, once all have ended, with the Failures of all that failed. */
export async function together<const T extends readonly unknown[]>(works: {
  readonly [K in keyof T]: Promise<T[K]>
}): Promise<T> {
  const { done, failed } = await settled(works)
  throwAll(failed)
  return done as unknown as T
}

/** What fails in `work` names this host, where it names none yet. */
export async function onHost<T>(host: HostName, work: () => Promise<T>, step?: string): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw new Failures(failuresOf(thrown, step).map((failure) => failure.of(host)))
  }
}
