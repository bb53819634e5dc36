import { lockCall } from './exchange.ts'
import { linkOf } from './link.ts'
import text from './lock-break.sh'
import { must } from './records.ts'
import type { LockScript, Remote } from './remote.ts'

/** For `unlock`: takes away the lock with that token, and no other; false where it was not there. */
export const breakLock = (remote: Remote, token: string, deadline?: AbortSignal): Promise<boolean> =>
  lockCall(linkOf(remote), undefined, lockBreak, { token }, deadline)

const lockBreak: LockScript<{ token: string }, boolean> = {
  name: 'lock-break',
  does: 'remove the lock',
  changes: 'any lock',
  text,
  variables: ({ token }) => {
    // it becomes a path on the host
    if (!/^[A-Za-z0-9]+$/.test(token)) throw new Error(`not a token: ${token}`)
    return { broken: token }
  },
  result: (records) => must(records, 'broken') === 'yes',
}
