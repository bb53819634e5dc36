import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { onAbort } from '../model/abort.ts'
import type { Failure } from '../model/failure.ts'
import { abortTrouble, socketTrouble, unreached } from './failures.ts'
import { connectStep, type Hop, place } from './target.ts'

/** A TCP connection to a hop. Rejects with a Failure (exit 4) that tells refused, no route, timed out, name not found. */
export const tcp = (hop: Hop, signal: AbortSignal, patienceMs = 10_000): Promise<Socket> =>
  dialled(hop, signal, patienceMs, (trouble, cause) =>
    unreached({ host: hop.host, step: connectStep(hop), ...trouble, cause }),
  )

/** A socket without Nagle's delay; `told` words what it rejects with. */
export function dialled(
  to: Pick<Hop, 'address' | 'port'>,
  signal: AbortSignal,
  patienceMs: number,
  told: (trouble: ReturnType<typeof abortTrouble>, cause: unknown) => Failure,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.address, port: to.port, noDelay: true })
    const nothing = `nothing answers at ${place(to)}`
    const settle = () => {
      forget()
      clearTimeout(timer)
    }
    const fail = (trouble: ReturnType<typeof abortTrouble>, cause: unknown) => {
      settle()
      socket.destroy()
      reject(told(trouble, cause))
    }
    // not AbortSignal.any with AbortSignal.timeout: once garbage is collected Node 20 forgets such a time-out
    const timer = setTimeout(() => {
      const { hint } = socketTrouble(Object.assign(new Error(), { code: 'ETIMEDOUT' }))
      fail({ got: `timed out: ${nothing}`, hint }, undefined)
    }, patienceMs)
    let forget: () => void = () => undefined
    forget = onAbort(signal, () => fail(abortTrouble(signal, nothing), signal.reason))
    socket.once('error', (error) => fail(socketTrouble(error), error))
    socket.once('connect', () => {
      settle()
      socket.removeAllListeners('error')
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

/**
 * Lets everything that is written in one turn of the event loop go out as one. ssh2 without its native addon writes each packet
 * in three pieces (length, body, tag), which would be three segments, or three packets of an outer connection.
 */
export function gather<T extends Duplex>(stream: T): T {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  let gathering = false
  stream.write = ((...args: unknown[]) => {
    if (!gathering) {
      gathering = true
      stream.cork()
      process.nextTick(() => {
        gathering = false
        stream.uncork()
      })
    }
    return write(...args)
  }) as T['write']
  return stream
}
