import { onAbort } from '../model/abort.ts'

/** The other side opens no further channel now. */
export class NoMoreSlots extends Error {
  override readonly name: string = 'NoMoreSlots'
}

/** A limited number of channels, handed out in the order they are asked for. */
export interface Slots {
  /**
   * Runs `start` as soon as a slot is free; `leave` gives it back. Where `start` rejects with NoMoreSlots the server's own limit
   * is lower: it is run again when another of ours has left. Any other rejection is passed on, the slot given back.
   */
  use<T>(start: (leave: () => void) => Promise<T>, deadline: AbortSignal): Promise<T>
}

/** @param sleep waits a moment; used where the server refuses although none of ours is open: a command we let go still runs there */
export function newSlots(cap: number, sleep: (deadline: AbortSignal) => Promise<void>): Slots {
  let limit = cap
  let held = 0
  let hadOne = false
  const waiting: (() => void)[] = []
  const next = () => {
    if (held >= limit) return
    waiting.shift()?.()
  }
  const take = (deadline: AbortSignal, first: boolean): Promise<void> => {
    deadline.throwIfAborted()
    if (held < limit && (first || waiting.length === 0)) {
      held++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const turn = () => {
        forget()
        held++
        resolve()
      }
      const forget = onAbort(deadline, () => {
        waiting.splice(waiting.indexOf(turn), 1)
        reject(deadline.reason as Error)
      })
      if (first) waiting.unshift(turn)
      else waiting.push(turn)
    })
  }
  const slot = () => {
    let left = false
    return () => {
      if (left) return
      left = true
      held--
      next()
    }
  }
  return {
    async use<T>(start: (leave: () => void) => Promise<T>, deadline: AbortSignal): Promise<T> {
      for (let again = false; ; again = true) {
        await take(deadline, again)
        const leave = slot()
        try {
          const started = await start(leave)
          hadOne = true
          return started
        } catch (error) {
          const others = held - 1
          if (error instanceof NoMoreSlots) limit = Math.max(1, Math.min(limit, others))
          leave()
          if (!(error instanceof NoMoreSlots) || (others === 0 && !hadOne)) throw error
          if (others === 0) await sleep(deadline)
        }
      }
    },
  }
}
