import type { LaidFacts } from './host-facts.ts'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'
import text from './settle.sh'

export interface Settling {
  readonly running: LaidFacts['running']
  /** seconds that each may go on before it is ended */
  readonly grace: number
}

/** Waits for an earlier run's scripts, then ends them; the pids that were ended. Nothing of this run, nor a server, is touched. */
export const settle: Changes<Settling, readonly number[]> = {
  name: 'settle',
  does: 'end the scripts of an earlier run',
  changes: true,
  text,
  variables: ({ running, grace }) => ({
    running: running
      .filter(({ start }) => /^\d+$/.test(start))
      .map(({ pid, start }) => `${pid} ${start}\n`)
      .join(''),
    grace: String(Math.max(0, Math.ceil(grace))),
  }),
  result: (records) =>
    allSaid(records, 'settled')
      .filter((line) => line.endsWith(' ended'))
      .map((line) => Number(line.split(' ')[0])),
}
