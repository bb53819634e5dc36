import { format } from '../../model/format.ts'
import { type Generation, generationOf } from '../meta/head.ts'
import { damaged, parsed } from '../meta/stored.ts'

/** How large a change was: znodes, and bytes that were written to them. */
export interface Counts {
  readonly created: number
  readonly set: number
  readonly deleted: number
  /** znodes that were there and got another ACL */
  readonly acl: number
  readonly bytes: number
}

/** One generation in the history. */
export type HistoryRecord = Generation & Counts

export const encodeRecord = (record: HistoryRecord): Buffer => Buffer.from(JSON.stringify({ format, ...record }))

/** Throws a Failure, exit 5, where it is damaged or of a later version. */
export function decodeRecord(data: Buffer, step: string): HistoryRecord {
  const value = parsed(data, step)
  const count = (name: keyof Counts): number => {
    const found = value[name]
    if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0) throw damaged(step, `no ${name}`)
    return found
  }
  return {
    ...generationOf(value, step),
    created: count('created'),
    set: count('set'),
    deleted: count('deleted'),
    acl: count('acl'),
    bytes: count('bytes'),
  }
}
