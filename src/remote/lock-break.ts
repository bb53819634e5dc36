import { call, linkOf } from './call.ts'
import text from './lock-break.sh'
import { must } from './records.ts'
import type { Remote, Script } from './remote.ts'

/** For `unlock`: takes away the lock with that token, and no other; false where it was not there. */
export const breakLock = (remote: Remote, token: string, deadline?: AbortSignal): Promise<boolean> =>
  call(linkOf(remote), lockBreak, { token }, { kind: 'lock' }, deadline)

const lockBreak: Script<{ token: string }, boolean> = {
  name: 'lock-break',
  text,
  variables: ({ token }) => {
    // it becomes a path on the host
    if (!/^[A-Za-z0-9]+$/.test(token)) throw new Error(`not a token: ${token}`)
    return { broken: token }
  },
  result: (records) => must(records, 'broken') === 'yes',
}
