import type { CheckDocument, PlanDocument, StatusDocument } from '../model/documents.ts'
import { checkLines } from './check.ts'
import { planLines, refusedLines } from './plan.ts'
import { statusLines } from './status.ts'
import type { Paint } from './words.ts'

/** What there is to print at the end of a command. */
type Printable =
  | { is: 'status'; status: StatusDocument; connect: string }
  | { is: 'plan'; plan: PlanDocument; failures?: readonly unknown[] }
  | { is: 'check'; check: CheckDocument }
  | { is: 'said'; lines: readonly string[] }

/** The lines for stdout: tables for a person. */
export function resultLines(result: Printable, paint: Paint, verbose: boolean): readonly string[] {
  switch (result.is) {
    case 'status':
      return statusLines(result.status, result.connect, paint)
    case 'plan':
      return (result.failures ?? []).length > 0 ? refusedLines(result.plan, paint) : planLines(result.plan, paint)
    case 'check':
      return checkLines(result.check, paint, verbose)
    case 'said':
      return result.lines
  }
}

/** The one document of --json. */
export function resultDocument(result: Printable): unknown {
  switch (result.is) {
    case 'status':
      return result.status
    case 'plan':
      return result.plan
    case 'check':
      return result.check
    case 'said':
      return { lines: result.lines }
  }
}
