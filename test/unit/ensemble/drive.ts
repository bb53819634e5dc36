import { advance, type Outcome } from '../../../src/ensemble/apply.ts'
import type { Goal } from '../../../src/ensemble/desired.ts'
import type { Emit } from '../../../src/model/event.ts'
import type { World } from './world.ts'

export type Told = Parameters<Emit>[0]

export class Endless extends Error {}

/**
 * Runs the loop on a model world: time passes only by what it does itself. `interruptAt` is a Ctrl-C at that moment, `interrupted` whenever
 * the test says so.
 */
export async function drive(
  world: World,
  goal: Goal,
  more: { interruptAt?: number; interrupted?: AbortController } = {},
): Promise<Outcome & { told: Told[]; took: number }> {
  const told: Told[] = []
  const began = world.time
  const stop = more.interrupted ?? new AbortController()
  let turns = 0
  const look = () => {
    turns += 1
    // Far more than all steps and waits of any ensemble here take: then it does not end.
    if (turns > 50_000) throw new Endless(`no end after ${world.time} ms: ${JSON.stringify(world.acts.slice(-5))}`)
    if (more.interruptAt !== undefined && world.time >= more.interruptAt) stop.abort()
  }
  const outcome = await advance(goal, {
    observe: ({ through }) => {
      look()
      return Promise.resolve(world.observe(through))
    },
    act: async (step) => {
      await Promise.resolve()
      world.act(step, goal)
    },
    emit: (event) => told.push(event),
    interrupted: stop.signal,
    sleep: (ms) => {
      // Coarser than the real polling: the tests' own time is short.
      world.pass(ms * 4)
      return Promise.resolve()
    },
  })
  return { ...outcome, told, took: world.time - began }
}
