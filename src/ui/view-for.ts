import type { PlanDocument } from '../model/documents.ts'
import type { HostName } from '../model/names.ts'
import { jsonLines } from './json.ts'
import { lines } from './lines.ts'
import { logLines } from './logs.ts'
import { eventPlanLines } from './plan.ts'
import type { View } from './view.ts'
import { watch } from './watch.ts'
import { painter } from './words.ts'

interface Wanted {
  command: string
  /** --json prints one document at the end, and no events */
  document: boolean
  json: boolean
  verbose: boolean
  quiet: boolean
  hosts: readonly HostName[]
  trees: readonly string[]
  /** of `status` */
  watch?: boolean
}

/** How progress is shown: JSON lines on stdout, a task list where both outputs are a terminal, else plain lines; the last two on stderr. */
export async function viewFor(wanted: Wanted, env: NodeJS.ProcessEnv): Promise<View> {
  if (wanted.watch === true) {
    const { json } = wanted
    const toStdout = (text: string) => void process.stdout.write(text)
    return watch(toStdout, painter(process.stdout, env), { json, terminal: process.stdout.isTTY }, warnings(env))
  }
  if (wanted.command === 'logs' && !wanted.json) {
    const toStdout = (line: string) => void process.stdout.write(`${line}\n`)
    const other = lines(write, painter(process.stderr, env), wanted)
    return logLines(toStdout, painter(process.stdout, env), wanted.hosts, other)
  }
  if (wanted.json) {
    return wanted.document ? warnings(env) : jsonLines((line) => process.stdout.write(`${line}\n`), wanted.verbose)
  }
  const paint = painter(process.stderr, env)
  // The command `plan` prints its plan as its result.
  const planText = (plan: PlanDocument) => (wanted.command === 'plan' ? [] : eventPlanLines(plan, paint))
  const live =
    process.stdout.isTTY && process.stderr.isTTY && !wanted.quiet && !wanted.verbose && (env['CI'] ?? '') === ''
  if (!live) return lines(write, paint, wanted, planText)
  const { tasks } = await import('./tasks.ts')
  const { hosts, trees } = wanted
  return tasks({ hosts, trees }, write, planText)
}

const write = (line: string) => void process.stderr.write(`${line}\n`)

/** No progress, and all that warns, on stderr. */
const warnings = (env: NodeJS.ProcessEnv): View =>
  lines(write, painter(process.stderr, env), { quiet: true, verbose: false })
