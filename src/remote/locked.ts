import { change } from './exchange.ts'
import { bind, linkOf } from './link.ts'
import type { Locked, Remote } from './remote.ts'
import { send } from './send.ts'
import type { Token } from './token.ts'

/** A host that may be changed: the token is what takeLock gave for this very host. Speaks over the remote's connection. */
export function lockedOf(remote: Remote, token: Token): Locked {
  const link = linkOf(remote)
  if (token.host !== remote.host) throw new Error(`the token of ${token.host} does not open ${remote.host}`)
  const locked: Locked = {
    ...remote,
    change: (script, args, deadline) => change(link, token, script, args, deadline),
    send: (bytes, staged, size, progress) => send(link, token, { bytes, staged, size, progress }),
  }
  bind(locked, link)
  return locked
}
