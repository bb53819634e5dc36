import { Failure } from '../model/failure.ts'
import type { Run } from './run.ts'

type Interruptible = Pick<Run, 'interrupted'>

const interrupted = new Failure({
  step: 'go on',
  got: 'interrupted before anything was changed',
  hint: 'run the same command again',
  exit: 130,
})

/** Throws after a Ctrl-C. For the moments before the first change; later ones say what is left to do. */
export function goOn(run: Interruptible): void {
  if (run.interrupted.aborted) throw interrupted
}

/** The same while something is awaited that changes nothing: a host that does not answer must not hold up Ctrl-C. */
export async function unlessInterrupted<T>(run: Interruptible, work: Promise<T>): Promise<T> {
  let interrupt: () => void = () => undefined
  const interruption = new Promise<never>((_, reject) => (interrupt = () => reject(interrupted)))
  run.interrupted.addEventListener('abort', interrupt)
  if (run.interrupted.aborted) interrupt()
  try {
    return await Promise.race([work, interruption])
  } finally {
    run.interrupted.removeEventListener('abort', interrupt)
  }
}
