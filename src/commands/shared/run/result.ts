import type { Outcome } from '../../../ensemble/apply.ts'
import { replacesServer } from '../../../ensemble/plan/step.ts'
import type { Printed } from '../../../model/documents.ts'
import type { Failure } from '../../../model/failure.ts'

/** What a command hands to the view, what went wrong beside it, and the exit code where nothing did. */
export type Result = { exit: number; failures?: readonly Failure[] } & Printed

export type StatusResult = Extract<Result, { is: 'status' }>

/** With how long writes were impossible, where a member that served was restarted, or the leader moved. */
export function withPauses(result: StatusResult, { did, pauses }: Pick<Outcome, 'did' | 'pauses'>): StatusResult {
  if (pauses.length === 0 && !did.some(({ step }) => replacesServer(step))) return result
  return { ...result, pauses: pauses.map(({ host, atMost }) => ({ host, at_most_ms: atMost })) }
}
