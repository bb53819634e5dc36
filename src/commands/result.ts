import type { CheckDocument, PlanDocument, StatusDocument } from '../model/documents.ts'
import type { Failure } from '../model/failure.ts'

/** What a command hands to the view, what went wrong beside it, and the exit code where nothing did. */
export type Result = { exit: number; failures?: readonly Failure[] } & (
  | { is: 'status'; status: StatusDocument; connect: string }
  | { is: 'plan'; plan: PlanDocument }
  | { is: 'check'; check: CheckDocument }
  | { is: 'said'; lines: readonly string[] }
)

export type StatusResult = Extract<Result, { is: 'status' }>
