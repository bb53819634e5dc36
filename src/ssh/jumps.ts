import { onAbort } from '../model/abort.ts'
import { Failure } from '../model/failure.ts'
import type { Patience } from './asking.ts'
import type { Connection } from './connection.ts'
import { abortTrouble, unreached } from './failures.ts'
import { connectStep, type Hop, place } from './target.ts'

/** Logs in to a jump host; `over` is to be called once that connection has ended. */
export type LogIn = (patience: Patience, over: () => void) => Promise<Connection>

/** The connections to jump hosts of one run: one a hop and the way to it, however many hosts lie behind it. */
export interface Jumps {
  /**
   * The connection to the last of `way`, made where there is none. A login that failed is not tried again for another host: its account
   * would get locked. Closing what is handed out gives it back; the last one ends the connection.
   */
  take(way: readonly Hop[], patience: Patience, logIn: LogIn): Promise<Connection>
}

interface Shared {
  readonly made: Promise<Connection>
  readonly waiting: Waiting
  users: number
  isClosed: boolean
}

export function newJumps(): Jumps {
  const all = new Map<string, Shared>()
  const begin = (way: string, logIn: LogIn): Shared => {
    const waiting = newWaiting()
    const forget = () => {
      if (all.get(way) === shared) all.delete(way)
    }
    const shared: Shared = { made: logIn(waiting.patience, forget), waiting, users: 0, isClosed: false }
    all.set(way, shared)
    return shared
  }
  return {
    async take(hops, patience, logIn) {
      const way = wayOf(hops)
      const shared = all.get(way) ?? begin(way, logIn)
      shared.users++
      let given = false
      const giveBack = () => {
        if (given) return
        given = true
        shared.users--
        const ended = (connection: Connection) => {
          if (shared.users > 0 || shared.isClosed) return
          shared.isClosed = true
          connection.close()
        }
        // also where it comes about only after everybody has gone
        shared.made.then(ended).catch(() => undefined)
      }
      try {
        const connection = await unlessLate(shared.waiting.join(patience, shared.made), patience, hops)
        return { ...connection, host: hops.at(-1)?.host ?? connection.host, close: giveBack }
      } catch (error) {
        giveBack()
        throw error instanceof Failure ? retold(error, hops) : error
      }
    },
  }
}

/** All that a login to a hop depends on, and to those before it; whose way it is does not matter. */
const wayOf = (hops: readonly Hop[]): string =>
  JSON.stringify(hops.map((hop) => ({ ...hop, host: undefined, password: undefined })))

/** What kept one host's login from coming about, told of another that waited for the same. */
function retold(failure: Failure, hops: readonly Hop[]): Failure {
  const host = hops.at(-1)?.host
  if (host === undefined || failure.host === host) return failure
  const Same = failure.constructor as new (parts: ReturnType<Failure['parts']>) => Failure
  return new Same({ ...failure.parts(), host })
}

function unlessLate<T>(made: Promise<T>, { signal }: Patience, hops: readonly Hop[]): Promise<T> {
  const hop = hops.at(-1)
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => {
      if (hop === undefined) return
      const trouble = abortTrouble(signal, `the login to ${place(hop)} did not end`)
      reject(unreached({ host: hop.host, step: connectStep(hop), ...trouble }))
    })
    made.finally(() => forget()).then(resolve, reject)
  })
}

/** A login that several wait for: it goes on while one of them does, and while a person is asked for it all their clocks stand still. */
interface Waiting {
  readonly patience: Patience
  join<T>(one: Patience, made: Promise<T>): Promise<T>
}

function newWaiting(): Waiting {
  const control = new AbortController()
  const joined = new Map<Patience, () => void>()
  const asking = new Set<Promise<unknown>>()
  const pause = (one: Patience, answer: Promise<unknown>) => void one.while(answer).catch(() => undefined)
  return {
    patience: {
      signal: control.signal,
      async while(answer) {
        asking.add(answer)
        for (const one of joined.keys()) pause(one, answer)
        try {
          return await answer
        } finally {
          asking.delete(answer)
        }
      },
      end: () => undefined,
    },
    async join(one, made) {
      const leave = onAbort(one.signal, () => {
        joined.delete(one)
        if (joined.size === 0) control.abort(one.signal.reason)
      })
      if (!one.signal.aborted) joined.set(one, leave)
      for (const answer of asking) pause(one, answer)
      try {
        return await made
      } finally {
        leave()
        joined.delete(one)
      }
    },
  }
}
