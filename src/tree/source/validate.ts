import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onAbort } from '../../model/abort.ts'
import { Failure } from '../../model/failure.ts'
import { withoutSecrets } from '../../model/secret-variables.ts'
import type { TreeSource } from '../../model/tree-source.ts'
import type { Tree } from '../desired.ts'
import { folderSink } from '../export/folder.ts'
import { parentOf } from '../path.ts'
import { secretsOf, struck } from './struck.ts'

export interface Patience {
  /** milliseconds that the command may take, a minute by default */
  readonly timeout?: number
  readonly interrupted?: AbortSignal
}

/**
 * Runs a tree's `validate` on its folder as it would be exported, 0700 in a temporary place and gone afterwards. Rejects with a Failure, exit 3,
 * unless the command exits 0 in time; what it printed is told, with what is secret struck out.
 */
export async function validate(source: TreeSource, tree: Tree, how: Patience): Promise<void> {
  if (source.validate === undefined) return
  const { command, folder: cwd } = source.validate
  const scratch = mkdtempSync(join(tmpdir(), 'dman-validate-'))
  try {
    const folder = join(scratch, source.name)
    writeTree(tree, folder)
    const outcome = await runCommand([...command, folder], cwd, how)
    if (how.interrupted?.aborted === true) throw failed(source, 'was interrupted', '', 130)
    if (outcome.why !== undefined)
      throw failed(source, outcome.why, struck(outcome.said.replaceAll(`${folder}/`, ''), secretsOf(tree)))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const failed = ({ name, validate }: TreeSource, why: string, said: string, exit: 3 | 130 = 3): Failure =>
  new Failure({
    step: `validate tree ${name}`,
    got: `${validate?.command[0] ?? ''} ${why}${said === '' ? '' : `: ${said}`}`,
    hint: 'nothing was written; correct the tree, or the command',
    exit,
  })

function writeTree({ path: top, znodes }: Tree, folder: string): void {
  const parents = new Set([...znodes.keys()].map(parentOf))
  const sink = folderSink(top, folder, 'rendering')
  for (const [path, { data }] of znodes)
    void sink.add({ path, data, isNull: false, acl: [], hasChildren: parents.has(path) })
  void sink.end()
}

interface Ended {
  /** why it does not count as passed; absent where it does */
  readonly why?: string
  /** the end of what it printed, by whole lines */
  readonly said: string
}

/** Never by a shell; with its children it is ended when its time is up. */
function runCommand([command = '', ...args]: readonly string[], cwd: string, how: Patience): Promise<Ended> {
  const { timeout = 60_000 } = how
  const env = withoutSecrets(process.env)
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = ends(65_536)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', printed.add)
  return new Promise((resolve) => {
    const end = (why?: string): void => {
      clearTimeout(timer)
      forget()
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ ...(why !== undefined && { why }), said: printed.lines() })
    }
    const stop = (why: string): void => {
      endGroup(child)
      end(why)
    }
    const timer = setTimeout(() => stop(`was ended after ${timeout / 1000} s`), timeout)
    let forget = (): void => undefined
    if (how.interrupted !== undefined) forget = onAbort(how.interrupted, () => stop('was interrupted'))
    child.on('error', ({ message }) => end(`cannot be run (${message})`))
    // What it left behind in the background may hold its output open.
    child.on('exit', (code, signal) => {
      const ended = (): void =>
        end(code === 0 ? undefined : code === null ? `was ended by ${signal ?? ''}` : `exits ${code}`)
      const late = setTimeout(ended, 200)
      child.on('close', () => {
        clearTimeout(late)
        ended()
      })
    })
  })
}

/** The end of a text that comes in pieces. Of a line that was cut nothing is told: of half a secret nobody knows that it is one. */
function ends(most: number) {
  let [text, size] = ['', 0]
  return {
    add: (more: string): void => {
      text = (text + more).slice(-most)
      size += more.length
    },
    lines: (): string => (size > most ? text.replace(/^[^\r\n]*/, '') : text),
  }
}

/** The command leads a group of its own; its number is nobody else's while the command was not seen ended. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}
