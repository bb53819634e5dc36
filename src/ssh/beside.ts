import type { Duplex } from 'node:stream'
import { Unreachable } from '../model/failure.ts'
import type { Forwards } from './connection.ts'
import { ForwardRefused, unreached } from './failures.ts'
import { dialled } from './socket.ts'
import { type Hop, place } from './target.ts'

/** See Connection.goBeside. */
export async function beside(
  before: Forwards | undefined,
  to: Pick<Hop, 'host' | 'address' | 'port'>,
  signal: AbortSignal,
): Promise<Duplex> {
  const hint = `allow TCP forwarding in that host's sshd, or open the port to ${before === undefined ? 'this machine' : 'the jump host'}`
  const by = before === undefined ? '' : ' from the jump host'
  const about = { host: to.host, step: `connect to ${place(to)}${by}, as sshd forbids forwarding`, hint }
  if (before === undefined)
    return dialled(to, signal, 10_000, (trouble, cause) => unreached({ ...trouble, ...about, cause }))
  try {
    return await before.forward(to.address, to.port, signal)
  } catch (error) {
    if (!(error instanceof ForwardRefused)) throw error
    throw new Unreachable({ ...about, got: error.got, cause: error })
  }
}
