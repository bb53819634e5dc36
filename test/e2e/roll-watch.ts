import { expect } from 'vitest'
import { watchMembers } from './killed-kit.ts'
import type { TestLab } from './lab/lab.ts'
import { ended, statusOf } from './up-look.ts'

export interface Plan {
  readonly changes: readonly {
    readonly kind: string
    readonly host?: string
    readonly path?: string
    readonly summary: string
    readonly reason: string
    readonly diff?: string
  }[]
  readonly steps: readonly { readonly kind: string; readonly hosts: readonly string[]; readonly reason: string }[]
  readonly restarts: readonly { readonly host: string; readonly reason: string }[]
}

/** `plan --json`; 0 where nothing is to be done, else 2. */
export const planOf = async (lab: TestLab, code: number): Promise<Plan> =>
  ended(await lab.run('plan', lab.inventory, '--json', '--detailed-exitcode'), code).json() as Plan

/** How a roll goes from here, of an ensemble that is healthy: followers, and the leader last. */
export async function rollOrder(lab: TestLab): Promise<readonly string[]> {
  const { leader } = await statusOf(lab, 0)
  return [...lab.hosts.map(({ name }) => name).filter((name) => name !== leader), leader ?? '']
}

/** A command that restarts all members, watched: one after the other in that order. What it said. */
export async function watchedRoll(lab: TestLab, order: readonly string[], command: 'up' | 'restart') {
  const watching = watchMembers(lab)
  const result = await lab.run(command, lab.inventory, '--json')
  const most = await watching.end()
  const events = ended(result, 0).events()
  const begun = events.filter(({ task, is }) => is === 'begun' && String(task).startsWith('ensemble/'))
  expect(begun.map(({ host }) => host)).toEqual(order)
  expect(watching.down).toEqual(order)
  expect(most).toBe(1)
  return events
}

/**
 * `up`, watched: one member after the other, the leader of before last, as the plan said, and nothing to do afterwards. Tells that plan, and
 * what `up` said.
 */
export async function rolled(lab: TestLab) {
  const order = await rollOrder(lab)
  const plan = await planOf(lab, 2)
  expect(plan.steps.map(({ kind, hosts }) => [kind, ...hosts])).toEqual(order.map((name) => ['restart', name]))
  expect(plan.restarts.map(({ host }) => host)).toEqual(order)
  const events = await watchedRoll(lab, order, 'up')
  expect(await planOf(lab, 0)).toMatchObject({ changes: [], steps: [], restarts: [] })
  return { ...plan, events }
}
