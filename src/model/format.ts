import { Refused } from './failure.ts'
import type { HostName } from './names.ts'

/** The format of all that this version leaves on hosts, in ZooKeeper, in .dman and in the cache; bin/prelude has it, too. */
export const format = 1

/** What the format in a record tells: a higher number is a later version's, anything else that is not ours is damaged. */
export const formatIs = (found: unknown): 'ours' | 'later' | 'damaged' =>
  found === format ? 'ours' : Number.isSafeInteger(found) && Number(found) > format ? 'later' : 'damaged'

/** What a later version wrote is refused, exit 5, and never rewritten (case 42). */
export const laterVersion = (found: number, step: string, host?: HostName): Refused =>
  new Refused({
    host,
    step,
    got: `this was written by a later version (format ${found})`,
    hint: `use that version of dman-bootstrap, or a newer one; this one knows format ${format}`,
  })
