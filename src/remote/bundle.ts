import text from './bundle.sh'
import { saidOf } from './records.ts'
import type { Reads } from './remote.ts'

/**
 * Listings, settings and ends of logs of a host by their names, as they are: secrets have to be struck out of them. `most`: bytes of the
 * server's log, of each other one a sixteenth.
 */
export const bundle: Reads<{ readonly most: number }, Readonly<Record<string, string>>> = {
  name: 'bundle',
  does: 'gather what the bundle is to hold',
  changes: false,
  text,
  variables: ({ most }) => ({ most: String(most) }),
  result: (records) => saidOf(records, 'file'),
}
