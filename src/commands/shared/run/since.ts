import type { Since } from '../../../remote/logs.ts'

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** ISO 8601: a day, or a day and a time, with or without an offset. */
const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** What --since takes: `90s`, `10m`, `1h30m`, `2d`, or a time; one without an offset is in each host's own zone. Undefined for anything else. */
export function sinceOf(text: string): Since | undefined {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)]
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text)
    return {
      is: 'ago',
      seconds: parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (seconds[unit] ?? 0), 0),
    }
  const [whole, day, minutes = '00:00', second = '00', zone] = iso.exec(text) ?? []
  if (whole === undefined) return undefined
  const epoch = Date.parse(`${day}T${minutes}:${second}${zone?.replace(/^(...)(\d\d)$/, '$1:$2') ?? 'Z'}`)
  // a day such as 2026-02-30 becomes another one
  if (Number.isNaN(epoch) || new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) !== day)
    return undefined
  return zone === undefined
    ? { is: 'local', text: `${day} ${minutes}:${second}` }
    : { is: 'instant', epoch: epoch / 1000 }
}
