import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** What a process left behind. */
export interface Outcome {
  /** exit status, or null where a signal ended it */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** milliseconds from start to end */
  readonly ms: number
  /** stdout as one JSON document; fails with the whole output in its message */
  json(): unknown
  /** stdout as JSON lines */
  events(): readonly Record<string, unknown>[]
}

/** A process under way. */
export interface Started {
  readonly child: ChildProcess
  readonly done: Promise<Outcome>
  kill(signal?: NodeJS.Signals): void
  /** Waits until its output so far (stdout and stderr) matches; fails when it ends before. */
  until(pattern: RegExp): Promise<void>
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  readonly cwd?: string
}

/** Runs any command to its end; never rejects because of its status. */
export const runCommand = (command: readonly string[], options?: RunOptions): Promise<Outcome> =>
  startCommand(command, options).done

export function startCommand(command: readonly string[], { env = {}, input = '', cwd }: RunOptions = {}): Started {
  const [file = '', ...args] = command
  const began = performance.now()
  const child = spawn(file, args, { stdio: 'pipe', cwd, env: { ...process.env, ...env } })
  const text = { stdout: '', stderr: '' }
  let ended = false
  let look = () => {}
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      look()
    })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      ended = true
      look()
      resolve(outcome({ code, signal, ...text, ms: performance.now() - began }, command))
    })
  })
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        const all = text.stdout + text.stderr
        if (pattern.test(all)) resolve()
        else if (ended) reject(new Error(`${command.join(' ')} ended before it printed ${String(pattern)}:\n${all}`))
      }
      look()
    })
  return { child, done, until, kill: (signal = 'SIGKILL') => void child.kill(signal) }
}

function outcome(all: Omit<Outcome, 'json' | 'events'>, command: readonly string[]): Outcome {
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch (cause) {
      const told = `${command.join(' ')} (${String(all.code)}) printed no JSON:\n${all.stdout}\n${all.stderr}`
      throw new Error(told, { cause })
    }
  }
  return {
    ...all,
    json: () => parse(all.stdout),
    events: () =>
      all.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => parse(line) as Record<string, unknown>),
  }
}
