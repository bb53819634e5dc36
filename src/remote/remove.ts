import text from './remove.sh'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'

/**
 * Removes what is ours below ~/<home>, with `data` also the member's data; what is left there, by name. Rejects with exit 5 while a
 * server of ours runs. The lock stays for the moment: releaseLock takes the last empty folders.
 */
export const remove: Changes<{ readonly data: boolean }, readonly string[]> = {
  name: 'remove',
  changes: true,
  text,
  variables: ({ data }) => ({ data: data ? 'yes' : 'no' }),
  result: (records) => allSaid(records, 'left'),
}
