import type { Readable } from 'node:stream'

/**
 * Calls `dead` when nothing at all was received in `allowed` successive intervals (of ms); returns what ends the watch. Turns are counted,
 * not time: after a sleep of this machine, or a stopped process, the other side gets its chance to answer first.
 */
export function watchSilence(stream: Readable, interval: number, allowed: number, dead: () => void): () => void {
  let heard = true
  let silent = 0
  const hear = () => (heard = true)
  stream.on('data', hear)
  const timer = setInterval(() => {
    silent = heard ? 0 : silent + 1
    heard = false
    if (silent < allowed) return
    clearInterval(timer)
    dead()
  }, interval)
  timer.unref()
  return () => {
    clearInterval(timer)
    stream.off('data', hear)
  }
}
