import { call, linkOf } from './call.ts'
import text from './lock-release.sh'
import type { Token } from './lock-take.ts'
import { must } from './records.ts'
import type { Remote, Script } from './remote.ts'

/** Gives the lock up; false where it was not ours any more. Takes away folders that are empty then, up to the user's home. */
export const releaseLock = (remote: Remote, token: Token, deadline?: AbortSignal): Promise<boolean> =>
  call(linkOf(remote), lockRelease, undefined, { kind: 'lock', token: token.text }, deadline)

const lockRelease: Script<undefined, boolean> = {
  name: 'lock-release',
  text,
  variables: () => ({}),
  result: (records) => must(records, 'released') === 'yes',
}
