import type { Failure } from '../model/failure.ts'
import type { Paint } from './words.ts'

/** `file:line:column`, as editors take it. */
const place = /^[^ ].*[^:]:\d+:\d+$/

/**
 * An error in three lines: where and what was tried, what came back, what to do next; a stack only when asked for. One in an inventory
 * begins with its place instead, and what is wrong there.
 */
export function failureLines(failure: Failure, paint: Paint, verbose: boolean): string[] {
  const where = failure.host === undefined ? '' : `${failure.host}: `
  const stack = failure.cause instanceof Error ? failure.cause.stack : failure.stack
  const what = place.test(failure.step)
    ? [`${paint('bold', failure.step)}: ${failure.got}`]
    : [`${paint('red', 'error')} ${paint('bold', `${where}${failure.step}`)}`, `  ${failure.got}`]
  return [
    ...what,
    ...(failure.hint === '' ? [] : [`  → ${failure.hint}`]),
    ...(verbose && stack !== undefined ? [paint('dim', stack)] : []),
  ]
}
