import { beforeAll, expect, test } from 'vitest'
import { audit, type AuditLine, destroyAll, everywhere, killAfter, killAt, kindOf, nth, spread } from './killed-kit.ts'
import { type LabOptions, type TestLab, withLab } from './lab/lab.ts'
import type { Outcome, Started } from './lab/run.ts'
import { expectNoneLost } from './lost.ts'
import { makesClassCache, onAll } from './up-look.ts'
import { membersAt, readAll, seededFiles } from './znodes.ts'

// An operator killed at moments of a run: spread evenly over its time, and right after each audited step of it.

/** Twenty of each run; DMAN_KILLS=N: N. */
export const parts = spread(Number(process.env['DMAN_KILLS'] ?? 20))

/** A run that nobody disturbed: its time, and what it left in the audit file. */
export interface Whole {
  readonly ms: number
  readonly lines: readonly AuditLine[]
}

/** Such a run, to its end; fails where it does not end well. */
export async function undisturbed(lab: TestLab, ...args: string[]): Promise<Whole> {
  const { length } = await audit(lab)
  const { code, stdout, stderr, ms } = await lab.run(...args)
  expect(code, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
  return { ms, lines: await audit(lab, length) }
}

/** Brings hosts to where they are some time after their first start: with class caches, so that servers start in half the processor's time. */
export async function settle(lab: TestLab): Promise<void> {
  for (const said of await onAll(lab, makesClassCache)) expect(said).toMatch(/^a class cache was made$/m)
}

/** A part of an undisturbed run's time; or the nth line of a kind in the audit file, counted from 1. */
export type Moment = number | { readonly kind: string; readonly nth: number }

/** ms that runs take by now, where one came to its end before its moment: those of a lab get quicker. */
const measured = new Map<Whole, number>()

/** Kills a run at its moment; what failures are to tell of it. */
export async function killed(lab: TestLab, at: Moment, whole: Whole, start: () => Started): Promise<string> {
  if (typeof at === 'number') {
    const all = measured.get(whole) ?? whole.ms
    const ms = Math.round(at * all)
    const why = `killed after ${ms} of ${Math.round(all)} ms`
    const run = await killAt(ms, start())
    hits.push(run.signal !== null)
    if (run.signal !== null) return why
    expect(run.code, `${run.stdout}${run.stderr}`).toBe(0)
    measured.set(whole, run.ms)
    return `${why}, it had ended by then`
  }
  const { line, outcome } = await killAfter(lab, nth(at.kind, at.nth), start)
  const why = `killed after ${at.kind} ${at.nth}`
  expect(line, `${why}: ${outcome.stdout}${outcome.stderr}`).toBeDefined()
  return why
}

/** Of each part of a run's time at which it was to be killed: whether it still ran. */
const hits: boolean[] = []

/** The last test of a story: a run that takes less time than it did when it was measured has ended before its last moments come. */
export const expectHits = () =>
  test('of all these parts of its time nine in ten were moments of a run under way', (context) => {
    context.skip(hits.length === 0, 'none of them was tried')
    expect(hits.filter((hit) => !hit).length, JSON.stringify(hits)).toBeLessThanOrEqual(Math.max(1, hits.length / 10))
  })

/** After each audited step of an undisturbed run; of what several hosts do at once, only after the first of them. */
export function steps({ lines }: Whole): readonly Moment[] {
  const seen = new Map<string, number>()
  let last = { kind: '', at: 0 }
  return lines.filter(isStep).flatMap((line) => {
    const [kind, at] = [kindOf(line), Date.parse(line.at)]
    const count = (seen.get(kind) ?? 0) + 1
    seen.set(kind, count)
    if (kind === last.kind && at - last.at < atOnce) return []
    last = { kind, at }
    return [{ kind, nth: count }]
  })
}

/** ms */
const atOnce = 500

/** Calls that changed a host; ends of what is no host's own; and reconfigs, which are requests to ZooKeeper and end within the step. */
const isStep = ({ is, task = '', title = '' }: AuditLine): boolean =>
  is === 'call' ||
  (is === 'ended' && /^(lock|ensemble|trees.*write)/.test(task)) ||
  title.startsWith('changes its place')

/** One after the other, and then all that failed. `pick`: the moments, from what `ready` came to; `least`: how many there are at least. */
export async function atEach<T, M>(
  trial: OnLab<T>,
  pick: (state: T) => readonly M[],
  killedAt: (moment: M) => Promise<void>,
  least = 9,
): Promise<void> {
  const all: M[] = []
  await trial((_, state) => Promise.resolve(void all.push(...pick(state))))
  expect(all.length).toBeGreaterThanOrEqual(least)
  const failed: string[] = []
  for (const moment of all) await killedAt(moment).catch((thrown: unknown) => failed.push(toldBy(thrown)))
  expect(failed).toEqual([])
}

/** What was expected and what came, which an assertion's message leaves out. */
const toldBy = (thrown: unknown): string => {
  const { actual } = thrown as { actual?: unknown }
  return `${String(thrown)}${actual === undefined ? '' : `: ${JSON.stringify(actual)}`}`
}

/** What a run that follows a killed one has to come to. */
export interface Expected {
  readonly why: string
  readonly inventory: string
  /** as /zookeeper/config has them: `1 participant`, … */
  readonly members: readonly string[]
  /** znodes beside those of the tree; undefined: must not be there */
  readonly znodes?: Readonly<Record<string, string | undefined>>
}

/**
 * That run ended well, so it saw the ensemble healthy; these are its members, each of which holds the seeded bytes; no lock, mark or half-laid
 * thing is on any host, and nothing is left to do.
 */
export async function expectWhole(lab: TestLab, next: Outcome, expected: Expected): Promise<void> {
  const { why, inventory, members, znodes = {} } = expected
  expect({ code: next.code, told: next.code === 0 ? '' : next.stderr + next.stdout }, why).toEqual({
    code: 0,
    told: '',
  })
  const want = { ...(await seededFiles(lab)), ...znodes }
  const serving = lab.hosts.filter(({ id }) => members.some((line) => line.startsWith(`${id} `)))
  const [left, plan, ...held] = await Promise.all([
    everywhere(lab, leftOver),
    lab.run('plan', '--detailed-exitcode', inventory),
    ...serving.map(({ name }) => readAll(lab, name, Object.keys(want))),
  ])
  // An empty plan writes nothing: it leaves a dead run's lock to whoever comes with something to do.
  const lock = /nothing to do/.test(next.stderr) ? /^dman\/run\/lock$/m : /$^/
  const swept = Object.entries(left).map(([host, found]) => [host, found.replace(lock, '').trim()])
  expect(Object.fromEntries(swept), why).toEqual(Object.fromEntries(lab.hosts.map(({ name }) => [name, ''])))
  expect({ code: plan.code, plan: plan.code === 0 ? '' : plan.stdout + plan.stderr }, why).toEqual({
    code: 0,
    plan: '',
  })
  const acknowledged = Object.entries(znodes).filter(([, text]) => text !== undefined)
  for (const at of held) {
    expectNoneLost(
      acknowledged.flatMap(([name, text]) => (at[name] === text ? [] : [name])),
      why,
    )
    expect(at, why).toEqual(want)
  }
  for (const { name } of serving) expect(await membersAt(lab, name), why).toEqual(members)
}

const leftOver =
  'ls -d dman/tmp/* dman/tmp/.[!.]* dman/run/changing.* dman/run/new.* dman/run/old.* dman/run/turn dman/run/lock dman/data/held dman/data/restore.* 2>/dev/null || :'

/** Does a trial from where `ready` brought the lab to. */
export type OnLab<T> = (trial: (lab: TestLab, state: T) => Promise<void>) => Promise<void>

/** A lab for one trial after the other. `ready` brings it to where trials begin; after one that failed it does so again, on bare hosts. */
export function onLab<T>(options: LabOptions, ready: (lab: TestLab) => Promise<T>): OnLab<T> {
  const lab = withLab(options)
  let state: T | undefined
  beforeAll(async () => {
    state = await ready(lab)
  })
  return async (trial) => {
    if (state === undefined) {
      await destroyAll(lab, 'after a trial that failed')
      state = await ready(lab)
    }
    const now = state
    state = undefined
    await trial(lab, now)
    state = now
  }
}
