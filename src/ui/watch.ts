import { statusLines } from './status.ts'
import type { View } from './view.ts'
import type { Paint } from './words.ts'

/**
 * Each status in the place of the one before it on a terminal, one after the other in a pipe, or one JSON document a line; there warnings
 * go to `other`.
 */
export const watch = (
  write: (text: string) => void,
  paint: Paint,
  { json, terminal }: { json: boolean; terminal: boolean },
  other: View,
): View => ({
  show(event) {
    // A line between would break the table.
    if (event.is !== 'status') {
      if (json || !terminal) other.show(event)
      return
    }
    // Home and erase what is below, rather than clear first: the table does not flicker.
    const lines = json ? [JSON.stringify(event.status)] : statusLines(event, paint)
    write(
      terminal && !json
        ? `\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`
        : `${lines.join('\n')}\n`,
    )
  },
  rest: () => Promise.resolve(),
})
