import { setMaxListeners } from 'node:events'

/** Calls `act` when the signal aborts, at once where it has already; returns what takes that back. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => undefined
  }
  // one deadline may be that of many calls: Node would warn of a leak from the eleventh on
  setMaxListeners(0, signal)
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}
