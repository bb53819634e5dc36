import { lockCall } from './exchange.ts'
import { linkOf } from './link.ts'
import text from './lock-release.sh'
import { must } from './records.ts'
import type { LockScript, Remote } from './remote.ts'
import type { Token } from './token.ts'

/** Gives the lock up; false where it was not ours any more. Takes away folders that are empty then, up to the user's home. */
export const releaseLock = (remote: Remote, token: Token, deadline?: AbortSignal): Promise<boolean> =>
  lockCall(linkOf(remote), token, lockRelease, undefined, deadline)

const lockRelease: LockScript<undefined, boolean> = {
  name: 'lock-release',
  does: 'give the lock back',
  changes: 'own lock',
  text,
  variables: () => ({}),
  result: (records) => must(records, 'released') === 'yes',
}
