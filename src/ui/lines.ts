import type { PlanDocument } from '../model/documents.ts'
import type { Event } from '../model/event.ts'
import { type View, where } from './view.ts'
import type { Paint } from './words.ts'

function words(event: Event, verbose: boolean): string | undefined {
  switch (event.is) {
    case 'begun':
      return event.title
    case 'waiting':
      return `waits for ${event.for}`
    case 'ended':
      return `${event.outcome}${event.note === undefined ? '' : `: ${event.note}`}`
    case 'log':
      return event.level === 'debug' && !verbose
        ? undefined
        : `${event.level === 'info' ? '' : `${event.level}: `}${event.text}`
    case 'call':
      return verbose
        ? `${event.changes ? 'changed by' : 'asked'} ${event.script}, ${Math.round(event.ms)} ms, ${event.outcome}`
        : undefined
    default:
      return undefined
  }
}

/** Plain lines for a pipe or a log: one a beginning, an end or a new reason to wait; no line is drawn over. */
export function lines(
  write: (line: string) => void,
  paint: Paint,
  options: { verbose: boolean; quiet: boolean },
  planText: (plan: PlanDocument) => readonly string[] = () => [],
): View {
  const started = performance.now()
  const waits = new Map<string, string>()
  return {
    show(event) {
      if (options.quiet && !(event.is === 'log' && event.level === 'warn')) return
      if (event.is === 'plan') planText(event.plan).forEach(write)
      const text = words(event, options.verbose)
      if (text === undefined || waits.get(event.task) === text) return
      waits.set(event.task, event.is === 'waiting' ? text : '')
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
      write(`${paint('dim', `[${seconds}s]`)} ${where(event)}: ${text}`)
    },
    rest: () => Promise.resolve(),
  }
}
