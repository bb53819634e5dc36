import { watch } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { parse } from 'yaml'
import type { TestLab } from './lab/lab.ts'
import type { Outcome, Started } from './lab/run.ts'
import { onAll } from './up-look.ts'

/** One line of `.dman/<ensemble>/audit.jsonl`. */
export interface AuditLine {
  /** as Date reads it */
  readonly at: string
  readonly run: string
  readonly is: string
  readonly task?: string
  readonly host?: string
  readonly script?: string
  readonly title?: string
  readonly outcome?: string
  readonly exit?: number
}

const state = async (lab: TestLab): Promise<string> => {
  const { ensemble } = parse(await readFile(lab.inventory, 'utf8')) as { ensemble: string }
  return path.join(lab.folder, '.dman', ensemble)
}

const textOf = async (lab: TestLab, name: string): Promise<string> =>
  readFile(path.join(await state(lab), name), 'utf8').catch(() => '')

const linesOf = (text: string): readonly AuditLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditLine)

/** The audit file's whole lines; `from`: how many to leave out. */
export const audit = async (lab: TestLab, from = 0): Promise<readonly AuditLine[]> =>
  linesOf(await textOf(lab, 'audit.jsonl')).slice(from)

// What kind of thing a line tells, the same on each host, such as `call lay`.
export function kindOf({ is, task = '', host, script }: AuditLine): string {
  const place = host === undefined ? task : task.replace(`/${host}`, '/*')
  return script === undefined ? `${is} ${place}`.trim() : `${is} ${script}`
}

/** What is said to fit a moment: the nth line of that kind in the audit file, counted from 1. */
export const nth = (kind: string, count: number) => {
  let seen = 0
  return (line: AuditLine): boolean => kindOf(line) === kind && ++seen === count
}

/** Resolves with the first new line of the audit file that fits, as soon as it is there. */
export async function audited(
  lab: TestLab,
  from: number,
  fits: (line: AuditLine) => boolean,
  signal: AbortSignal,
): Promise<AuditLine | undefined> {
  const folder = await state(lab)
  // the first run makes it
  await mkdir(folder, { recursive: true })
  const watcher = watch(folder)
  let look: () => void = () => undefined
  watcher.on('change', () => look())
  signal.addEventListener('abort', () => look())
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => (look = resolve))
      const found = (await audit(lab, from)).find(fits)
      if (found !== undefined || signal.aborted) return found
      await changed
    }
  } finally {
    watcher.close()
  }
}

/** Kills a run with this signal right after a line of the audit file that fits; what the run came to, and whether there was such a line. */
export async function killAfter(
  lab: TestLab,
  fits: (line: AuditLine) => boolean,
  start: () => Started,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<{ line: AuditLine | undefined; outcome: Outcome }> {
  const { length } = await audit(lab)
  const run = start()
  const ended = new AbortController()
  void run.done.finally(() => ended.abort())
  const line = await audited(lab, length, fits, ended.signal)
  run.kill(signal)
  return { line, outcome: await run.done }
}

/** Kills such a command right after the nth line of a kind; fails where there is none, or the command had ended by then. */
export async function killCommand(lab: TestLab, kind: string, count: number, ...command: string[]): Promise<void> {
  const { line, outcome } = await killAfter(lab, nth(kind, count), () => lab.start(...command))
  const why = `${command.join(' ')}, killed after ${kind} ${count}: ${outcome.stdout}${outcome.stderr}`
  expect([line?.is, outcome.signal], why).toEqual([kind.split(' ')[0], 'SIGKILL'])
}

/** Kills a run so many milliseconds after its start, if it still runs. */
export async function killAt(ms: number, run: Started): Promise<Outcome> {
  await Promise.race([sleep(ms), run.done])
  run.kill()
  return run.done
}

export interface FoundingRecord {
  readonly id: string
  readonly state: 'begun' | 'done' | 'ended'
}

/** The founding as .dman records it; undefined where there is none, or it has ended. */
export async function foundingOf(lab: TestLab): Promise<FoundingRecord | undefined> {
  const text = await textOf(lab, 'founding.json')
  const record = text === '' ? undefined : (JSON.parse(text) as FoundingRecord)
  return record?.state === 'ended' ? undefined : record
}

/** What a shell says on every host, by the host's name; fails where the command does. `of`: only these hosts. */
export async function everywhere(
  lab: TestLab,
  command: string,
  of: readonly string[] = lab.hosts.map(({ name }) => name),
): Promise<Readonly<Record<string, string>>> {
  const said = await onAll(lab, command, { of })
  return Object.fromEntries(of.map((name, index) => [name, said[index]?.trim() ?? '']))
}

const nothing = (lab: TestLab) => Object.fromEntries(lab.hosts.map(({ name }) => [name, '']))

/** `up` went well: healthy and seeded, no trace of an earlier run on any host, and nothing left to be done. */
export async function expectDone(lab: TestLab, up: Outcome, why: string, inventory = lab.inventory): Promise<void> {
  expect({ code: up.code, stderr: up.code === 0 ? '' : up.stderr + up.stdout }, why).toEqual({ code: 0, stderr: '' })
  expect(await everywhere(lab, unfinished), why).toEqual(nothing(lab))
  const plan = await lab.run('plan', '--detailed-exitcode', inventory)
  expect({ code: plan.code, plan: plan.code === 0 ? '' : plan.stdout + plan.stderr }, why).toEqual({
    code: 0,
    plan: '',
  })
}

/** Nothing is left to do, by `plan`'s exit code. */
export async function expectNothingToDo(lab: TestLab, why: string, inventory = lab.inventory): Promise<void> {
  const plan = await lab.run('plan', '--detailed-exitcode', inventory)
  expect({ code: plan.code, plan: plan.code === 0 ? '' : plan.stdout + plan.stderr }, why).toEqual({
    code: 0,
    plan: '',
  })
}

// A dead run's lock may stay where nothing was left to do: an empty plan writes nothing.
const unfinished = 'cd dman && { ls -d tmp/* tmp/.[!.]* run/changing.* run/new.* run/old.* run/turn 2>/dev/null || :; }'

/** Removes the ensemble and expects that nothing at all stays in the homes, nor any server. */
export async function destroyAll(lab: TestLab, why: string): Promise<void> {
  const destroyed = await lab.run('destroy', '--data', '--yes', lab.inventory)
  expect({ code: destroyed.code, stderr: destroyed.code === 0 ? '' : destroyed.stderr }, why).toEqual({
    code: 0,
    stderr: '',
  })
  expect(await everywhere(lab, 'ls -d dman 2>/dev/null || :'), why).toEqual(nothing(lab))
  await expectSamples(lab, allOf(lab, 'closed'), { why })
  expect(await foundingOf(lab), why).toBeUndefined()
}

/**
 * `closed`: nobody listens at a member's client port; from soon after a server's start until its end somebody does. `listens`: whoever does
 * tells no mode: it looks for a leader, or has only begun or lost one. `serves`: it leads, follows or observes.
 */
export type Sample = 'closed' | 'listens' | 'serves'

/** What each member says to `srvr`, in the order of hosts: it tells its mode only while it serves. Undefined where nobody listens. */
export const srvr = (lab: TestLab): Promise<readonly (string | undefined)[]> =>
  Promise.all(
    lab.hosts.map(
      ({ address }) =>
        new Promise<string | undefined>((resolve) => {
          let text: string | undefined
          const socket = net.connect({ host: address, port: 2180, timeout: 1000 })
          socket
            .on('connect', () => {
              text = ''
              socket.end('srvr')
            })
            .on('data', (chunk) => (text = `${text ?? ''}${String(chunk)}`))
            .on('timeout', () => socket.destroy())
            .on('error', () => undefined)
            .on('close', () => resolve(text))
        }),
    ),
  )

export const samples = async (lab: TestLab): Promise<readonly Sample[]> =>
  (await srvr(lab)).map((text) => (text === undefined ? 'closed' : /^Mode: /m.test(text) ? 'serves' : 'listens'))

/** The same of all hosts. */
export const allOf = (lab: TestLab, each: Sample): readonly Sample[] => lab.hosts.map(() => each)

/** What each member is, in the order of hosts: now, or within so many ms. */
export async function expectSamples(
  lab: TestLab,
  expected: readonly Sample[],
  { why = '', within = 0 }: { readonly why?: string; readonly within?: number } = {},
): Promise<void> {
  if (within > 0) await expect.poll(() => samples(lab), { timeout: within, message: why }).toEqual(expected)
  else expect(await samples(lab), why).toEqual(expected)
}

export interface Watching {
  /** members that were down at some time, in the order of their first being so */
  readonly down: readonly string[]
  /** ends it; how many members were down at once at most */
  readonly end: () => Promise<number>
}

/** ms; one that listens without serving for longer does not take part in an election, which they all do where a leader goes */
const election = 15_000

/**
 * Looks every 50 ms how many members are down: from when nobody listens at one's port until it serves, so also while it starts; `of`: only of
 * these hosts.
 */
export function watchMembers(lab: TestLab, of: readonly string[] = lab.hosts.map(({ name }) => name)): Watching {
  const down: string[] = []
  const now = new Set<string>()
  const served = new Map<string, number>()
  let most = 0
  const over = new AbortController()
  const look = (name: string, found: Sample | undefined) => {
    const at = performance.now()
    if (found === 'serves') {
      served.set(name, at)
      now.delete(name)
    } else if (found === 'closed' || at - (served.get(name) ?? at) > election) now.add(name)
    if (now.has(name) && !down.includes(name)) down.push(name)
  }
  const watching = (async () => {
    while (!over.signal.aborted) {
      const found = await samples(lab)
      for (const [index, { name }] of lab.hosts.entries()) if (of.includes(name)) look(name, found[index])
      most = Math.max(most, now.size)
      await sleep(50)
    }
  })()
  return {
    down,
    async end() {
      over.abort()
      await watching
      return most
    },
  }
}

/** So many points, evenly spread over 0 to 1 and away from its ends. */
export const spread = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => Math.round((1000 * (index + 1)) / (count + 1)) / 1000)
