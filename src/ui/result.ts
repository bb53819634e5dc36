import type { Printed, WritePause } from '../model/documents.ts'
import { checkLines } from './check.ts'
import { clientDocument, clientLines } from './client.ts'
import { historyLines } from './history.ts'
import { planLines, refusedLines } from './plan.ts'
import { statusLines } from './status.ts'
import type { Paint } from './words.ts'

/** The lines for stdout: tables for a person. */
export function resultLines(result: Printed, paint: Paint, verbose: boolean): readonly string[] {
  switch (result.is) {
    case 'status':
      return [...statusLines(result, paint), ...pauseLines(result.pauses)]
    case 'plan':
      return result.plan.refusals === undefined ? planLines(result.plan, paint) : refusedLines(result.plan, paint)
    case 'check':
      return checkLines(result.check, paint, verbose)
    case 'history':
      return historyLines(result.history)
    case 'client':
      return clientLines(result.client, result.auth, paint)
    case 'said':
      return result.lines
  }
}

/** How long writes were impossible in a run that restarted members, or moved the leader. */
function pauseLines(pauses: readonly WritePause[] | undefined): readonly string[] {
  if (pauses === undefined) return []
  if (pauses.length === 0) return ['writes: no restart took the leader or a majority away']
  return pauses.map(({ host, at_most_ms: ms }) =>
    ms === null
      ? `writes: impossible since ${host} was restarted or moved`
      : `writes: impossible for at most ${(ms / 1000).toFixed(2)} s, while ${host} was restarted or moved`,
  )
}

/** The one document of --json. */
export function resultDocument(result: Printed): unknown {
  switch (result.is) {
    case 'status':
      return result.pauses === undefined ? result.status : { ...result.status, pauses: result.pauses }
    case 'plan':
      return result.plan
    case 'check':
      return result.check
    case 'history':
      return result.history
    case 'client':
      return clientDocument(result.client, result.auth)
    case 'said':
      return result.document ?? { lines: result.lines }
  }
}

/** What --json prints at the end: a document to be read, or, where it is the last of many, one line. */
export const resultText = (result: Printed, { watch = false }: { readonly watch?: boolean }): string =>
  JSON.stringify(resultDocument(result), null, watch ? 0 : 2)
