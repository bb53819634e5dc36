import { call, linkOf, shareLink } from './call.ts'
import type { Token } from './lock-take.ts'
import type { Locked, Remote } from './remote.ts'
import { send } from './send.ts'

/** A host that may be changed: the token is what takeLock gave for this very host. */
export function lockedOf(remote: Remote, token: Token): Locked {
  const link = linkOf(remote)
  if (token.host !== remote.host) throw new Error(`the token of ${token.host} does not open ${remote.host}`)
  const locked: Locked = {
    ...remote,
    change: (script, args, deadline) => call(link, script, args, { kind: 'changes', token: token.text }, deadline),
    send: (bytes, staged, size, progress) => send(link, token.text, { bytes, staged, size, progress }),
  }
  shareLink(remote, locked)
  return locked
}
