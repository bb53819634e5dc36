/** One value of a file of keys. */
export interface Key {
  /** the names that lead to it, and a number for each place in a list, from 0 */
  readonly steps: readonly (string | number)[]
  /** as it becomes a znode's data, in UTF-8: as written in the file; nothing where it is null, or an empty list or mapping */
  readonly text: string
  /** as a JSON Schema sees it */
  readonly value: KeyValue
  /** it stands without quotes, so that a template in it may come to a number, true or false */
  readonly isPlain?: true
  /** where it begins, from 1 */
  readonly line: number
}

export type KeyValue = string | number | boolean | null | readonly never[] | Readonly<Record<string, never>>

/** Why a file, or a line of it, can't be read as keys. */
export interface Fault {
  readonly line: number
  readonly what: string
}

export interface Keys {
  readonly keys: readonly Key[]
  readonly faults: readonly Fault[]
}

/** What a value without quotes means, where the format has no types or the text is a template's. */
export function valueOf(text: string): KeyValue {
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}

/** `a`, `b`, 0 with `/` is `a/b[0]`, a path below that of the file; with `.` it is `a.b[0]`, one name. */
export const pathOf = (steps: Key['steps'], separator: '/' | '.'): string =>
  steps.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : path === '' ? step : `${path}${separator}${step}`),
    '',
  )
