import { Listr, ListrLogger, ProcessOutput, type ListrTaskWrapper, type ListrRenderer } from 'listr2'
import type { PlanDocument } from '../model/documents.ts'
import type { Event } from '../model/event.ts'
import { where, type View } from './view.ts'
import { bytes } from './words.ts'

type Task = ListrTaskWrapper<unknown, typeof ListrRenderer, typeof ListrRenderer>

/** One line below a heading: a host of 'hosts' and 'ensemble', a tree of 'trees'. */
interface Line {
  /** what each of its parts is at: java, zookeeper; '' is the line's own */
  readonly parts: Map<string, string>
  task?: Task
  finish?: (error?: Error) => void
  over?: 'done' | 'failed' | 'skipped'
}

const headings: Readonly<Record<string, string>> = {
  connect: 'Connect',
  archives: 'Archives',
  lock: 'Lock',
  hosts: 'Hosts',
  ensemble: 'Ensemble',
  trees: 'Trees',
}

function text(event: Event, part: string): string | undefined {
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

/** What a line is at: its parts side by side, or itself where it has none under way. */
const shown = ({ parts }: Line): string => {
  const own = [...parts].filter(([part]) => part !== '').map(([, words]) => words)
  return own.length > 0 ? own.join(', ') : (parts.get('') ?? '')
}

/** The lines of one heading, shown by one Listr from the first event of that heading to the first of another. */
function phaseOf(heading: string, names: readonly string[]) {
  const lines = new Map<string, Line>(names.map((name) => [name, { parts: new Map() }]))
  let over: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (over = resolve))
  const title = (name: string, line: Line) => [name, shown(line)].filter(Boolean).join('  ')
  const subtask = ([name, line]: [string, Line]) => ({
    title: name,
    task: (_: unknown, task: Task) =>
      new Promise<void>((resolve, reject) => {
        line.task = task
        line.finish = (error) => (error === undefined ? resolve() : reject(error))
        task.title = title(name, line)
        if (line.over !== undefined) line.finish(line.over === 'failed' ? new Error(shown(line)) : undefined)
        void ended.then(resolve)
      }),
  })
  // Made only when it is drawn: before, the list above it still has the terminal, and would be taken for it.
  const draw = () =>
    new Listr(
      [
        {
          title: headings[heading] ?? heading,
          task: (_, task) =>
            lines.size === 0 ? ended : task.newListr([...lines].map(subtask), { concurrent: true, exitOnError: false }),
        },
      ],
      {
        // A view only: order, results and signals are the program's own.
        registerSignalListeners: false,
        exitOnError: false,
        rendererOptions: {
          // stdout is for results
          logger: new ListrLogger({
            useIcons: false,
            toStderr: [],
            processOutput: new ProcessOutput(process.stderr, process.stderr),
          }),
          collapseSubtasks: false,
          showErrorMessage: false,
          collapseErrors: false,
        },
      },
    )
  return {
    heading,
    run: () =>
      draw()
        .run()
        .then(
          () => undefined,
          () => undefined,
        ),
    update(name: string, change: (line: Line) => void) {
      const line = lines.get(name)
      if (line === undefined) return
      change(line)
      if (line.task !== undefined) line.task.title = title(name, line)
    },
    over,
  }
}

/**
 * A live task list: a heading a phase, a line a host or tree below it.
 * @param names the lines of each heading, known ahead from the inventory
 * @param planText a plan as a person reads it
 * @param log where single lines go that are not part of a task; they are held back while a list is drawn
 */
export function tasks(
  names: Readonly<Record<string, readonly string[]>>,
  log: (line: string) => void,
  planText: (plan: PlanDocument) => readonly string[],
): View {
  let current: ReturnType<typeof phaseOf> | undefined
  let drawn: Promise<void> = Promise.resolve()
  const held: string[] = []
  const leave = () => {
    current?.over()
    current = undefined
    drawn = drawn.then(() => held.splice(0).forEach(log))
  }
  const enter = (heading: string) => {
    leave()
    const next = phaseOf(heading, names[heading] ?? [])
    current = next
    drawn = drawn.then(() => next.run())
    return next
  }
  return {
    show(event) {
      if (event.is === 'log') {
        if (event.level !== 'debug') held.push(`${where(event)}: ${event.text}`)
        return
      }
      if (event.is === 'plan') held.push(...planText(event.plan))
      if (event.is === 'call' || event.is === 'plan') return
      const [heading = '', name = '', ...rest] = event.task.split('/')
      const phase = current?.heading === heading ? current : enter(heading)
      const words = text(event, rest.join(' '))
      phase.update(name, (line) => {
        if (event.is === 'ended' && rest.length === 0) line.parts.clear()
        if (words !== undefined) line.parts.set(rest.join(' '), words)
        if (event.is !== 'ended' || rest.length > 0) return
        line.over = event.outcome === 'failed' ? 'failed' : 'done'
        line.finish?.(line.over === 'failed' ? new Error(shown(line)) : undefined)
      })
    },
    async rest() {
      leave()
      await drawn
    },
  }
}
