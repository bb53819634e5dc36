import { statusLines } from './status.ts'
import type { View } from './view.ts'
import type { Paint } from './words.ts'

/** Each status in the place of the one before it on a terminal, one after the other in a pipe, or one JSON document a line. */
export const watch = (
  write: (text: string) => void,
  paint: Paint,
  { json, terminal }: { json: boolean; terminal: boolean },
): View => ({
  show(event) {
    if (event.is !== 'status') return
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
