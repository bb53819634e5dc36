import { Failure } from '../model/failure.ts'
import type { Records } from './remote.ts'

/** The last value said of `key`; undefined where it was not said. */
export const said = (records: Records, key: string): string | undefined =>
  records.findLast(([name]) => name === key)?.[1]

/** All values said of `key`, in order. */
export const allSaid = (records: Records, key: string): readonly string[] =>
  records.filter(([name]) => name === key).map(([, value]) => value)

/** What was said of keys that start with `prefix` and a blank, by the rest of the key. */
export const saidOf = (records: Records, prefix: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    records
      .filter(([name]) => name.startsWith(`${prefix} `))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  )

/** The value of a key that a whole answer always has; throws a Failure where it is missing. */
export function must(records: Records, key: string): string {
  const value = said(records, key)
  if (value === undefined) throw odd(`its answer lacks "${key}"`)
  return value
}

/** A finite number that is not negative; throws a Failure for anything else. */
export function numberIn(text: string, what: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text.trim())) throw odd(`its answer gives "${text.slice(0, 80)}" for ${what}`)
  return value
}

/** `key: value` lines of a small file of ours, by key. */
export function fieldsOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.includes(': '))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]))
}

/** An answer that no script of ours gives. */
export const odd = (got: string): Failure =>
  new Failure({
    step: 'read the answer',
    got,
    hint: 'something on the host alters what our scripts print; see --verbose',
  })

/** What `read` makes of an answer; its Failure tells the step. */
export function readRecords<R>(read: () => R, step: string): R {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof Failure) throw new Failure({ ...thrown.parts(), step })
    throw thrown
  }
}
