import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../model/event.ts'
import { Failure } from '../model/failure.ts'
import { format } from '../model/format.ts'
import { codeOf, makeStateFolder } from './state.ts'

/** Who does what in this run. A dry run leaves no trace. */
export interface AuditOf {
  /** `ann@laptop` */
  readonly who: string
  readonly run: string
  readonly command: string
  readonly dryRun: boolean
}

export interface Audit {
  /** takes every event; throws a Failure where the line cannot be written, so nothing goes on unaudited */
  write(event: Event): void
  /** the run is over: its exit code, and all of it flushed */
  end(exit: number): void
}

/** Bytes after which the audit goes on in a new file, and how many former ones stay. */
const audits = { most: 8 * 1024 * 1024, kept: 5 }

/**
 * Appends what a run changes to `.dman/<ensemble>/audit.jsonl` (0600), one JSON object a line, in order, each on its way to the
 * disk before the event is told on. Nothing is made or written until the run is about to change something: the lock, a tree's plan
 * with something in it, secrets.json, or a changing call; what came before is written then. Never a secret: events hold none. A file that has
 * grown large is set aside as `audit-TIME-RUN.jsonl` before a run begins, and the newest few of these stay.
 */
export function openAudit(state: string, of: AuditOf): Audit {
  let before: Event[] = []
  let file: number | undefined
  const line = (record: object): void => {
    if (file !== undefined) guarded(state, file, (to) => writeSync(to, `${JSON.stringify(record)}\n`))
  }
  const begin = (): void => {
    if (file !== undefined || of.dryRun) return
    const at = new Date(before[0]?.at ?? Date.now()).toISOString()
    makeStateFolder(state)
    roll(state, `audit-${at.replace(/[-:]|\.\d+/g, '')}-${of.run}.jsonl`)
    file = openFile(state)
    line({ format, at, run: of.run, is: 'run', who: of.who, command: of.command })
    for (const event of before) line(lineOf(of.run, event))
    before = []
  }
  return {
    write(event) {
      if (of.dryRun || !isAudited(event)) return
      if (file === undefined) {
        before = [...before, event].slice(-500)
        if (isStart(event)) begin()
      } else line(lineOf(of.run, event))
    },
    end(exit) {
      if (file === undefined) return
      line({ at: new Date().toISOString(), run: of.run, is: 'exit', exit })
      guarded(state, file, fsyncSync)
      closeSync(file)
      file = undefined
      of = { ...of, dryRun: true }
    },
  }
}

const isAudited = (event: Event): boolean =>
  event.is === 'begun' || event.is === 'ended' || event.is === 'plan' || (event.is === 'call' && event.changes)

/** From here on the run changes something: it takes the lock, writes a tree or seals secrets (which take none), or calls what changes. */
function isStart(event: Event): boolean {
  if (event.is === 'call') return event.changes
  return event.is === 'begun' && /^(lock|secrets|trees\/[^/]+\/write)$/.test(event.task)
}

/** Changes of one plan that are told of; how many more there were is told, too. */
const mostChanges = 1000

function lineOf(run: string, { at, ...event }: Event): object {
  const line = { at: new Date(at).toISOString(), run, ...event }
  const more = event.is === 'plan' ? event.plan.changes.length - mostChanges : 0
  if (event.is !== 'plan' || more <= 0) return line
  return { ...line, plan: { ...event.plan, changes: event.plan.changes.slice(0, mostChanges) }, more }
}

/** Each former file has a name of its own, so that of two runs at once neither takes away what the other has just set aside. */
function roll(state: string, name: string): void {
  try {
    const path = join(state, 'audit.jsonl')
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < audits.most) return
    renameSync(path, join(state, name))
    const former = readdirSync(state).filter((file) => /^audit-\d{8}T\d{6}Z-.*\.jsonl$/.test(file))
    for (const file of former.sort().slice(0, -audits.kept)) rmSync(join(state, file), { force: true })
  } catch (cause) {
    // another run may have been faster
    if (codeOf(cause) !== 'ENOENT') throw failed(state, cause)
  }
}

function openFile(state: string): number {
  try {
    const file = openSync(join(state, 'audit.jsonl'), constants.O_APPEND | constants.O_CREAT | constants.O_RDWR, 0o600)
    if (!endsWithLine(file)) writeSync(file, '\n')
    return file
  } catch (cause) {
    throw failed(state, cause)
  }
}

// a power cut can leave half a line, which must not swallow the next one
function endsWithLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last.toString() === '\n')
}

function guarded(state: string, file: number, act: (file: number) => unknown): void {
  try {
    act(file)
  } catch (cause) {
    throw failed(state, cause)
  }
}

const failed = (state: string, cause: unknown): Failure =>
  new Failure({
    step: `write ${join(state, 'audit.jsonl')}`,
    got: codeOf(cause),
    hint: 'the folder of the inventory must be writable and have space: nothing is changed without an audit',
    cause,
  })
