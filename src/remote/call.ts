import type { Connection } from '../ssh/connection.ts'
import { ask, open } from './exchange.ts'
import { bind, type Link, type RemoteOptions } from './link.ts'
import type { Remote } from './remote.ts'

/** One host that can be asked. Changing it needs lockedOf, which needs the token that only takeLock gives. */
export function remoteOf(connection: Connection, options: RemoteOptions): Remote {
  const link: Link = { ...options, connection }
  const remote: Remote = {
    host: connection.host,
    ask: (script, args, deadline) => ask(link, script, args, deadline),
    open: (script, args, deadline) => open(link, script, args, deadline),
  }
  bind(remote, link)
  return remote
}
