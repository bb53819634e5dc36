import { onAbort } from '../model/abort.ts'

/** When a call has to be done: ms from now, or whenever the signal is aborted. */
export type Deadline = AbortSignal | number

/**
 * Runs `work`, and rejects with `late` as soon as the deadline has passed, whatever `work` does then. What `work` answers too
 * late goes to `drop`, so that nothing stays open.
 */
export function within<T>(
  deadline: Deadline,
  late: (after: string) => Error,
  work: (signal: AbortSignal) => Promise<T>,
  drop: (value: T) => void = () => undefined,
): Promise<T> {
  const own = new AbortController()
  return new Promise<T>((resolve, reject) => {
    let over = false
    const timer = typeof deadline === 'number' ? setTimeout(() => expire(`${deadline} ms`), deadline) : undefined
    let forget = (): void => undefined
    const end = () => {
      over = true
      clearTimeout(timer)
      forget()
    }
    const expire = (after: string) => {
      end()
      const error = late(after)
      reject(error)
      own.abort(error)
    }
    if (typeof deadline !== 'number') forget = onAbort(deadline, () => expire('the time it had'))
    if (own.signal.aborted) return
    work(own.signal).then(
      (value) => {
        if (over) {
          drop(value)
          return
        }
        end()
        resolve(value)
      },
      (error: unknown) => {
        if (over) return
        end()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
