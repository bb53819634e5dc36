import type { Emit } from '../model/event.ts'
import { failuresOf, Unreachable } from '../model/failure.ts'
import type { Connection } from '../ssh/connection.ts'
import type { Remote } from './remote.ts'

/** `home`: the inventory's, plain; `timeout`: ms that a call may take which brings no deadline of its own. */
export interface RemoteOptions {
  readonly home: string
  readonly timeout?: number
  readonly emit: Emit
}

/** What the calls of one host share. */
export interface Link extends RemoteOptions {
  readonly connection: Connection
}

const links = new WeakMap<Remote, Link>()

/** Ties a remote to the connection behind it. */
export const bind = (remote: Remote, link: Link): void => void links.set(remote, link)

/** The connection behind a remote made by remoteOf; for the calls in this folder alone, as all of this file. */
export function linkOf(remote: Remote): Link {
  const link = links.get(remote)
  if (link === undefined) throw new Error('not made by remoteOf')
  return link
}

/** The deadline of one call: its caller's, else the remote's timeout. */
export const within = (link: Link, deadline?: AbortSignal): AbortSignal =>
  deadline ?? AbortSignal.timeout(link.timeout ?? 60_000)

/** Does it, names the host in what it rejects with, and emits the call's event. */
export async function told<R>(
  { connection: { host }, emit }: Link,
  what: { script: string; changes: boolean },
  work: () => Promise<R>,
): Promise<R> {
  const begun = performance.now()
  const tell = (outcome: 'done' | 'failed' | 'unknown') =>
    emit({ task: `hosts/${host}`, host, is: 'call', ...what, ms: Math.round(performance.now() - begun), outcome })
  try {
    const result = await work()
    tell('done')
    return result
  } catch (thrown) {
    const [failure] = failuresOf(thrown, what.script)
    tell(failure instanceof Unreachable ? 'unknown' : 'failed')
    throw failure.of(host)
  }
}
