import { call, linkOf } from './call.ts'
import text from './lock-beat.sh'
import type { Token } from './lock-take.ts'
import type { Remote, Script } from './remote.ts'

/** One beat of the lock's heart. Rejects with exit 6 once the lock is another's or gone. */
export const beatLock = (remote: Remote, token: Token, deadline?: AbortSignal): Promise<void> =>
  call(linkOf(remote), lockBeat, undefined, { kind: 'lock', token: token.text }, deadline)

const lockBeat: Script<undefined, void> = { name: 'lock-beat', text, variables: () => ({}), result: () => undefined }
