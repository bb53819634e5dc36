import type { At } from '../model/during.ts'
import type { Emit } from '../model/event.ts'

const every = 100

/** Tells of bytes on their way: at most ten times a second, for each costs the view a redraw; and the end. More may come than `total`. */
export function tellBytes(emit: Emit, at: At, total: number): (done: number) => void {
  let last = -Infinity
  return (done) => {
    const now = performance.now()
    if (done !== total && now - last < every) return
    last = now
    emit({ ...at, is: 'progress', done, total: Math.max(done, total), unit: 'bytes' })
  }
}
