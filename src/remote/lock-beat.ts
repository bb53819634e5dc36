import { lockCall } from './exchange.ts'
import { linkOf } from './link.ts'
import text from './lock-beat.sh'
import type { LockScript, Remote } from './remote.ts'
import type { Token } from './token.ts'

/** One beat of the lock's heart. Rejects with exit 6 once the lock is another's or gone. */
export const beatLock = (remote: Remote, token: Token, deadline?: AbortSignal): Promise<void> =>
  lockCall(linkOf(remote), token, lockBeat, undefined, deadline)

const lockBeat: LockScript<undefined, void> = {
  name: 'lock-beat',
  does: 'keep the lock',
  changes: 'own lock',
  text,
  variables: () => ({}),
  result: () => undefined,
}
