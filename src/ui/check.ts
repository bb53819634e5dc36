import type { CheckDocument } from '../model/documents.ts'
import { table } from './table.ts'
import type { Paint } from './words.ts'

const marks = { ok: ['green', '✓'], warning: ['yellow', '!'], refusal: ['red', '✗'] } as const

/** Every question of every host; a remedy below each that is not fine. */
export function checkLines(check: CheckDocument, paint: Paint, verbose: boolean): string[] {
  const shown = check.findings.filter(({ level }) => verbose || level !== 'ok')
  const fine = check.findings.length - shown.length
  const rows = table(
    shown.map(({ host, question, level, got }) => [paint(marks[level][0], marks[level][1]), host, question, got]),
  )
  const lines = shown.flatMap(({ hint }, index) => [rows[index] ?? '', ...(hint === '' ? [] : [`   → ${hint}`])])
  const verdict = check.ok ? paint('green', 'ready') : paint('red', 'not ready')
  return [
    ...lines,
    `${paint('bold', check.ensemble)}: ${verdict}${fine > 0 ? `, ${fine} answers are fine${verbose ? '' : ' (--verbose shows them)'}` : ''}`,
  ]
}
