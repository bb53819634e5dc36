import text from './crontab.sh'
import { type MemberOwner, ownerText } from './member.ts'
import { odd, said } from './records.ts'
import type { Changes } from './remote.ts'

/** `unknown`: it could not be read or written, so that nothing was changed; `why` in the host's words. */
export type CrontabSet = { readonly is: 'kept' | 'written' } | { readonly is: 'unknown'; readonly why: string }

/**
 * Sets our lines in the user's crontab (hosts/crontab.ts), each with its line end; none: ours are taken out. All other lines stay as they are.
 * Rejects with exit 5 where a later version wrote ours, and, before anything is looked at, where the data there is not `owner`'s.
 */
export const crontab: Changes<{ readonly lines: string; readonly owner?: MemberOwner }, CrontabSet> = {
  name: 'crontab',
  does: 'set our lines in the crontab',
  changes: true,
  text,
  variables: ({ lines, owner }) => ({ lines, owner: ownerText(owner) }),
  result: (records) => {
    const [is, ...why] = (said(records, 'crontab') ?? '').trim().split(' ')
    if (is === 'kept' || is === 'written') return { is }
    if (is === 'unknown') return { is, why: why.join(' ') }
    throw odd('it does not say what became of the crontab')
  },
}
