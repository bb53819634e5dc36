import type { ListrRenderer, ListrTaskWrapper } from 'listr2'
import type { Event } from '../model/event.ts'
import { bytes } from './words.ts'

export type Task = ListrTaskWrapper<unknown, typeof ListrRenderer, typeof ListrRenderer>

/** One line of a task list: a heading, or below it a host of 'hosts', 'ensemble' and 'restore', a tree of 'trees'. */
export interface Line {
  readonly name: string
  /** it may begin again once it ended, so that it is done only with its phase: Listr knows no way back from done */
  readonly recurs: boolean
  /** what each of its parts is at: java, zookeeper; '' is the line's own */
  readonly parts: Map<string, string>
  /** begun, and not ended since */
  open: boolean
  failed: boolean
  ended: boolean
  task?: Task
  finish?: (error?: Error) => void
}

export const lineOf = (name: string, recurs: boolean): Line => ({
  name,
  recurs,
  parts: new Map(),
  open: false,
  failed: false,
  ended: false,
})

/** What an event says of one part of its line, '' for the line itself; undefined for nothing. */
export function wordsOf(event: Event, part: string): string | undefined {
  const of = part === '' ? '' : `${part} `
  switch (event.is) {
    case 'begun':
      return event.title
    case 'progress':
      return event.unit === 'bytes'
        ? `${of}${bytes(event.done)} of ${bytes(event.total)}`
        : `${of}${event.done} of ${event.total} ${event.unit}`
    case 'waiting':
      return part === '' ? `waits for ${event.for}` : `${of}${event.for}`
    case 'ended':
      return event.note ?? `${of}${event.outcome}`
    default:
      return undefined
  }
}

export const isFailed = (event: Event): boolean =>
  event.is === 'ended' && (event.outcome === 'failed' || event.outcome === 'unknown')

/** Takes a beginning or an end of the line itself over; what failed once stays failed. */
export function note(line: Line, event: Event): void {
  if (event.is === 'begun') line.open = true
  if (event.is !== 'ended') return
  line.open = false
  line.ended = true
  line.failed ||= isFailed(event)
}

/** Its parts side by side, or itself where it has none under way; what never ended says so once its phase is over. */
function shown({ name, parts, open }: Line, isOver: boolean): string {
  const own = [...parts].filter(([part]) => part !== '').map(([, words]) => words)
  const words = own.length > 0 ? own.join(', ') : (parts.get('') ?? '')
  return [name, [words, isOver && open ? 'not finished' : ''].filter(Boolean).join(', ')].filter(Boolean).join('  ')
}

/** Draws the line as it is now, and ends it where nothing more can come of it. `isOver`: its phase is. */
export function draw(line: Line, isOver: boolean): void {
  if (line.task !== undefined) line.task.title = shown(line, isOver)
  if (line.failed || (isOver && line.open)) line.finish?.(new Error(shown(line, isOver)))
  else if (isOver || (line.ended && !line.recurs)) line.finish?.()
}

/** The Listr task of a line, which is over when the line is. */
export const running = (line: Line, task: Task, isOver: () => boolean): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    line.task = task
    line.finish = (error) => (error === undefined ? resolve() : reject(error))
    draw(line, isOver())
  })
