import type { Failure } from '../model/failure.ts'
import type { Paint } from './words.ts'

/** An error in three lines: where and what was tried, what came back, what to do next; a stack only when asked for. */
export function failureLines(failure: Failure, paint: Paint, verbose: boolean): string[] {
  const where = failure.host === undefined ? '' : `${failure.host}: `
  const stack = failure.cause instanceof Error ? failure.cause.stack : failure.stack
  return [
    `${paint('red', 'error')} ${paint('bold', `${where}${failure.step}`)}`,
    `  ${failure.got}`,
    ...(failure.hint === '' ? [] : [`  → ${failure.hint}`]),
    ...(verbose && stack !== undefined ? [paint('dim', stack)] : []),
  ]
}
