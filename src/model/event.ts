import type { Connect, PlanDocument, StatusDocument, TreeRemarks } from './documents.ts'
import type { HostName } from './names.ts'

/**
 * What happens, as plain data. The task list, the plain lines, --json and the audit file are subscribers of the same events.
 * `task` is a path such as 'hosts/zk1/java'; its parents are the headings it is shown under.
 */
export type EventBody =
  | { is: 'begun'; title: string }
  | { is: 'progress'; done: number; total: number; unit: 'bytes' | 'znodes' }
  | { is: 'waiting'; for: string }
  | { is: 'ended'; outcome: 'done' | 'unchanged' | 'failed' | 'unknown'; note?: string }
  /** one remote call came back; `changes` is true for those that need the lock, or take another's away */
  | { is: 'call'; script: string; changes: boolean; ms: number; outcome: 'done' | 'failed' | 'unknown' }
  /** the plan as `plan --json` prints it */
  | { is: 'plan'; plan: PlanDocument }
  /** how the ensemble stands, as `status --json` prints it */
  | ({ is: 'status'; status: StatusDocument } & Connect & TreeRemarks)
  /** one entry of a member's log: of which file, when (ISO 8601, null where its line has no time), its lines */
  | { is: 'entry'; file: string; time: string | null; text: string }
  | { is: 'log'; level: 'info' | 'warn' | 'debug'; text: string }

/** `at`: milliseconds since the epoch. */
export type Event = { at: number; task: string; host?: HostName } & EventBody

/** What everything below the commands tells what happens through; the Run adds the time. */
export type Emit = (event: { task: string; host?: HostName } & EventBody) => void
