import { onAbort } from '../../../model/abort.ts'
import { type Failure, Interrupted } from '../../../model/failure.ts'
import type { Run } from './run.ts'

type Interruptible = Pick<Run, 'interrupted'>

const interruption = (got: string): Failure =>
  new Interrupted({ step: 'go on', got, hint: 'run the same command again' })
const interrupted = interruption('interrupted before anything was changed')

/** Throws after a Ctrl-C; `got` says what was done by then. */
export function goOn(run: Interruptible, got?: string): void {
  if (run.interrupted.aborted) throw got === undefined ? interrupted : interruption(got)
}

/** The same while something is awaited that changes nothing: a host that does not answer must not hold up Ctrl-C. */
export async function unlessInterrupted<T>(run: Interruptible, work: Promise<T>): Promise<T> {
  let interrupt: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => (interrupt = () => reject(interrupted)))
  const forget = onAbort(run.interrupted, interrupt)
  try {
    return await Promise.race([work, aborted])
  } finally {
    forget()
  }
}
