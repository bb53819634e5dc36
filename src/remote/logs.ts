import text from './logs.sh'
import type { Streams } from './remote.ts'

/** From when on: so many seconds before now, an instant (seconds since the epoch), or the host's own time as `2026-01-31 09:30:00`. */
export type Since =
  | { readonly is: 'ago'; readonly seconds: number }
  | { readonly is: 'instant'; readonly epoch: number }
  | { readonly is: 'local'; readonly text: string }

export interface LogsAsked {
  /** left out: the last `lines` lines of each log */
  readonly since?: Since
  readonly lines: number
  /** goes on with what comes, over rolls of the file, until the stream is destroyed */
  readonly follow: boolean
  /** what no line of a log begins with; random, and known to who reads the stream */
  readonly mark: string
}

/** The logs of a member as one stream; logs.sh says of what form, and hosts/logs/entries.ts reads it. */
export const logs: Streams<LogsAsked> = {
  name: 'logs',
  does: 'read the logs',
  changes: false,
  answers: 'stream',
  text,
  variables: ({ since, lines, follow, mark }) => ({
    mark,
    since: since === undefined ? '' : sinceText(since),
    lines: String(lines),
    follow: follow ? 'yes' : 'no',
  }),
}

function sinceText(since: Since): string {
  if (since.is === 'ago') return `-${Math.ceil(since.seconds)}`
  return since.is === 'instant' ? `@${Math.floor(since.epoch)}` : since.text
}
