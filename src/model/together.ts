import { type Failure, failuresOf, throwAll } from './failure.ts'

// What is side by side goes to its end, also where another part of it fails: nothing is left running behind a failure.

/** The results of those that ended well, in order, and all Failures of the others. Never rejects. `step`: what a defect is told of. */
export async function outcomesOf<T>(
  works: Iterable<Promise<T>>,
  step?: string,
): Promise<{ readonly done: readonly T[]; readonly failed: readonly Failure[] }> {
  const outcomes = await Promise.allSettled(works)
  return {
    done: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    failed: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? failuresOf(outcome.reason, step) : [])),
  }
}

/** All results; rejects, once all have ended, with the Failures of all that failed. */
export async function together<const T extends readonly unknown[]>(
  works: { readonly [K in keyof T]: Promise<T[K]> },
  step?: string,
): Promise<T> {
  const { done, failed } = await outcomesOf(works, step)
  throwAll(failed)
  return done as unknown as T
}

/** All Failures of one work; none where it ended well. */
export const failuresIn = async (work: Promise<unknown>): Promise<readonly Failure[]> =>
  (await outcomesOf([work])).failed
