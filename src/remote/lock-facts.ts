import type { LockFacts } from './host-facts.ts'
import { fieldsOf, said } from './records.ts'
import type { Records } from './remote.ts'

/**
 * The lock as a host tells it; undefined where nobody holds it. A holder that cannot be read is told as one with nothing known
 * of it, and a missing heartbeat as one that never beat: both are somebody's lock all the same.
 */
export function lockFacts(records: Records, uptime: string): LockFacts | undefined {
  const lock = said(records, 'lock')
  if (lock === undefined) return undefined
  const fields = fieldsOf(lock)
  const of = (key: string): string => fields.get(key) ?? ''
  const beat = said(records, 'beat')?.trim()
  const age = Number(uptime) - Number(beat === undefined || beat === '' ? Number.NaN : beat)
  return {
    token: of('token'),
    who: of('who'),
    since: Number(of('since')) || 0,
    operator: { machine: of('machine'), boot: of('operator-boot'), pid: Number(of('pid')) || 0, start: of('start') },
    boot: of('boot'),
    age: Number.isNaN(age) ? Number(uptime) : Math.max(0, age),
    format: Number(of('format')) || 0,
  }
}
