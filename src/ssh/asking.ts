import { onAbort } from '../model/abort.ts'
import type { HostName } from '../model/names.ts'
import type { Secret } from '../model/secret.ts'

/** What a person is asked while logging in; `text` is ready to be shown and ends without a colon. */
export interface Question {
  readonly kind: 'passphrase' | 'password' | 'answer'
  readonly host: HostName
  readonly text: string
}

/** Asks a person, the answer not shown. Rejects where there is no terminal. */
export type Prompt = (question: Question) => Promise<Secret>

/** What a run was told: each thing is asked once, and one at a time however many hosts need it. */
export interface Memory {
  /** what `make` gave the first time it was called for this key, a rejection too */
  recall<T>(key: string, make: () => Promise<T>): Promise<T>
  /** runs when nobody else is being asked */
  inTurn<T>(ask: () => Promise<T>): Promise<T>
}

export function newMemory(): Memory {
  const known = new Map<string, Promise<unknown>>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    recall<T>(key: string, make: () => Promise<T>): Promise<T> {
      const held = known.get(key) ?? make()
      known.set(key, held)
      return held as Promise<T>
    },
    inTurn<T>(ask: () => Promise<T>): Promise<T> {
      const turn = last.then(ask)
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

/** A deadline that stands still while a person is asked, since that takes as long as it takes. */
export interface Patience {
  readonly signal: AbortSignal
  while<T>(asking: Promise<T>): Promise<T>
  /** to be called once the wait is over, however it ended */
  end(): void
}

/** @param grace milliseconds that are left at least after somebody was asked */
export function patient(deadline: AbortSignal, grace = 15_000): Patience {
  const control = new AbortController()
  let asking = 0
  let late: NodeJS.Timeout | undefined
  const abort = () => control.abort(deadline.reason)
  const timeIsUp = () => {
    const mayWait = deadline.reason instanceof Error && deadline.reason.name === 'TimeoutError'
    if (asking === 0 || !mayWait) abort()
  }
  const forget = onAbort(deadline, timeIsUp)
  return {
    signal: control.signal,
    async while<T>(answer: Promise<T>): Promise<T> {
      asking++
      clearTimeout(late)
      try {
        return await answer
      } finally {
        asking--
        if (asking === 0 && deadline.aborted) late = setTimeout(abort, grace)
      }
    },
    end() {
      clearTimeout(late)
      forget()
    },
  }
}
