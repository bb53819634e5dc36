import type { Event } from '../model/event.ts'
import type { View } from './view.ts'

/** One event a line, for programs. Calls that only ask are left out unless wanted. */
export const jsonLines = (write: (line: string) => void, verbose: boolean): View => ({
  show(event: Event) {
    if (verbose || event.is !== 'call' || event.changes) write(JSON.stringify(event))
  },
  rest: () => Promise.resolve(),
})
