import { type MemberOwner, ownerText } from './member.ts'
import { allSaid } from './records.ts'
import type { Changes } from './remote.ts'
import text from './remove.sh'

/**
 * Removes what is ours below ~/<home>, with `data` also the member's data; what is left there, by name. Rejects with exit 5 while a server
 * of ours runs, and where the data is not `owner`'s (left out: where it has a stamp). The lock stays for the moment: releaseLock takes the
 * last empty folders.
 */
export const remove: Changes<{ readonly data: boolean; readonly owner?: MemberOwner }, readonly string[]> = {
  name: 'remove',
  does: 'remove what is ours',
  changes: true,
  text,
  variables: ({ data, owner }) => ({ data: data ? 'yes' : 'no', owner: ownerText(owner) }),
  result: (records) => allSaid(records, 'left'),
}
