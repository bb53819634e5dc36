import type { Outcome } from '../ensemble/apply.ts'
import { takesDown } from '../ensemble/pause.ts'
import type {
  CheckDocument,
  ClientDocument,
  HistoryDocument,
  PlanDocument,
  StatusDocument,
  WritePause,
} from '../model/documents.ts'
import type { Failure } from '../model/failure.ts'
import type { Secret } from '../model/secret.ts'

/** What a command hands to the view, what went wrong beside it, and the exit code where nothing did. */
export type Result = { exit: number; failures?: readonly Failure[] } & (
  | { is: 'status'; status: StatusDocument; connect: string; pauses?: readonly WritePause[] }
  | { is: 'plan'; plan: PlanDocument }
  | { is: 'check'; check: CheckDocument }
  | { is: 'history'; history: HistoryDocument }
  | { is: 'client'; client: ClientDocument; auth?: Secret }
  /** lines for a person; `document` is what --json prints instead of them */
  | { is: 'said'; lines: readonly string[]; document?: unknown }
)

export type StatusResult = Extract<Result, { is: 'status' }>

/** With how long writes were impossible, where a member that served was restarted, or the leader moved. */
export function withPauses(result: StatusResult, { did, pauses }: Pick<Outcome, 'did' | 'pauses'>): StatusResult {
  if (pauses.length === 0 && !did.some(({ step }) => takesDown(step))) return result
  return { ...result, pauses: pauses.map(({ host, atMost }) => ({ host, at_most_ms: atMost })) }
}
