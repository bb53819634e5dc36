import { Listr, ListrLogger, ProcessOutput } from 'listr2'
import type { PlanDocument } from '../model/documents.ts'
import type { Event } from '../model/event.ts'
import { draw, isFailed, type Line, lineOf, note, running, type Task, wordsOf } from './task-line.ts'
import { type View, where } from './view.ts'

const headings: Readonly<Record<string, string>> = {
  connect: 'Connect',
  archives: 'Archives',
  lock: 'Lock',
  hosts: 'Hosts',
  ensemble: 'Ensemble',
  restore: 'Restore',
  passwords: 'Passwords',
  secrets: 'Secrets',
  trees: 'Trees',
}

interface Names {
  readonly hosts: readonly string[]
  readonly trees: readonly string[]
}

/** The lines below each heading, known ahead. */
const linesOf = ({ hosts, trees }: Names): Readonly<Record<string, readonly string[]>> => ({
  connect: hosts,
  archives: ['java', 'zookeeper'],
  hosts,
  ensemble: hosts,
  restore: hosts,
  trees,
})

/** Every host passes several times through a restore. */
const recurring = ['restore']

/** A view only: order, results and signals are the program's own, and stdout is for results. */
const optionsFor = (output: NodeJS.WriteStream) => ({
  registerSignalListeners: false,
  exitOnError: false,
  rendererOptions: {
    logger: new ListrLogger({ useIcons: false, toStderr: [], processOutput: new ProcessOutput(output, output) }),
    collapseSubtasks: false,
    showErrorMessage: false,
    collapseErrors: false,
  },
})

/** The lines of one heading, shown by one Listr from the first event of that heading to the first of another. */
function phaseOf(heading: string, names: readonly string[], output: NodeJS.WriteStream) {
  const own = lineOf(headings[heading] ?? heading, true)
  const lines = new Map(names.map((name) => [name, lineOf(name, recurring.includes(heading))]))
  let over = false
  const isOver = () => over
  const subtask = (line: Line) => ({ title: line.name, task: (_: unknown, task: Task) => running(line, task, isOver) })
  // Made only when it is drawn: before, the list above it still has the terminal, and would be taken for it.
  const list = () =>
    new Listr(
      [
        {
          title: own.name,
          task: (_, task) => {
            if (lines.size === 0) return running(own, task, isOver)
            own.task = task
            draw(own, over)
            return task.newListr([...lines.values()].map(subtask), { concurrent: true, exitOnError: false })
          },
        },
      ],
      optionsFor(output),
    )
  return {
    heading,
    run: () =>
      list()
        .run()
        .then(
          () => undefined,
          () => undefined,
        ),
    show(event: Event, [name = '', ...rest]: readonly string[]) {
      const line = lines.get(name)
      if (line === undefined) tellHeading(own, event, name)
      else tellLine(line, event, rest.join(' '))
      draw(line ?? own, over)
    },
    over() {
      over = true
      if (!own.failed && !own.open) own.parts.clear()
      for (const line of [...lines.values(), own]) draw(line, over)
    },
  }
}

function tellLine(line: Line, event: Event, part: string): void {
  const words = wordsOf(event, part)
  if (event.is === 'ended' && part === '') line.parts.clear()
  if (words !== undefined) line.parts.set(part, words)
  if (part === '') note(line, event)
}

/** A heading says what it waits for, or that it failed; also for what has no line below it. */
function tellHeading(own: Line, event: Event, name: string): void {
  note(own, event)
  const words = isFailed(event) || event.is === 'waiting' ? wordsOf(event, '') : undefined
  if (words !== undefined) own.parts.set('', [name, words].filter(Boolean).join(' '))
  else if (!own.failed) own.parts.clear()
}

/**
 * A live task list: a heading a phase, a line a host or tree below it.
 * @param names of the inventory's hosts and trees
 * @param planText a plan as a person reads it
 * @param log where single lines go that are not part of a task; they are held back while a list is drawn
 * @param output the terminal
 */
export function tasks(
  names: Names,
  log: (line: string) => void,
  planText: (plan: PlanDocument) => readonly string[],
  output: NodeJS.WriteStream = process.stderr,
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
    const next = phaseOf(heading, linesOf(names)[heading] ?? [], output)
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
      const [heading = '', ...parts] = event.task.split('/')
      const phase = current?.heading === heading ? current : enter(heading)
      phase.show(event, parts)
    },
    async rest() {
      leave()
      await drawn
    },
  }
}
