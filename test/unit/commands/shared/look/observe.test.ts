import { expect, test } from 'vitest'
import { observeKnown, type Seen } from '../../../../../src/commands/shared/look/observe.ts'
import type { Emit } from '../../../../../src/model/event.ts'
import { unknown } from '../../../../../src/model/fact.ts'
import { ensemble, unreachable } from '../../../build.ts'

const { facts } = ensemble(3)
const seenWith = (config: typeof facts.config) => ({ ensemble: { ...facts, config } }) as unknown as Seen<undefined>
const known = seenWith(facts.config)
const nobodyTells = seenWith(unknown(unreachable('zk1')))

/** Looks that find those one after the other, the last of them from then on, and each sleep takes its time. */
async function looked(found: readonly Seen<undefined>[], interrupted = new AbortController().signal) {
  const events: Parameters<Emit>[0][] = []
  let looks = 0
  let now = 0
  const seen = await observeKnown(
    { emit: (event) => void events.push(event), interrupted },
    () => Promise.resolve(found[Math.min(looks++, found.length - 1)]!),
    { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) },
  )
  return { seen, looks, now, events }
}

const waits = { task: 'ensemble', is: 'waiting', for: 'somebody to tell who belongs' }

test('who belongs is known at once: one look, and nothing is told', async () =>
  expect(await looked([known])).toEqual({ seen: known, looks: 1, now: 0, events: [] }))

test('a wait for somebody to tell who belongs is told, once, and ends when somebody does', async () =>
  expect(await looked([nobodyTells, nobodyTells, known])).toEqual({
    seen: known,
    looks: 3,
    now: 1000,
    events: [waits],
  }))

test('nobody tells who belongs: after 10 s what is seen counts', async () => {
  const { seen, now, events } = await looked([nobodyTells])
  expect([seen, events]).toEqual([nobodyTells, [waits]])
  expect(now).toBe(10_500)
})

test('after Ctrl-C nobody is waited for', async () =>
  expect(await looked([nobodyTells], AbortSignal.abort())).toMatchObject({ seen: nobodyTells, looks: 1, events: [] }))
