import { expect, test } from 'vitest'
import { during, unlessFailed } from '../../../src/model/during.ts'
import type { Emit } from '../../../src/model/event.ts'
import { Failure, Failures, OutcomeUnknown } from '../../../src/model/failure.ts'

type Told = Parameters<Emit>[0]
const at = { task: 'hosts/zk1', host: 'zk1' }
const begun: Told = { ...at, is: 'begun', title: 'is removed' }
const failure = new Failure({ step: 'remove', got: 'no room', hint: '' })
const lost = new OutcomeUnknown({ step: 'remove', got: 'connection lost', hint: '' })

async function told<T>(work: (emit: Emit) => Promise<T>) {
  const events: Told[] = []
  const result = await work((event) => void events.push(event)).catch((thrown: unknown) => ({ thrown }))
  return { events, result }
}

test('work is told as begun and as done, with what is said of its result', async () => {
  const work = () => Promise.resolve(2)
  const plain = await told((emit) => during(emit, at, 'is removed', work))
  expect(plain).toEqual({ events: [begun, { ...at, is: 'ended', outcome: 'done' }], result: 2 })
  const noted = await told((emit) =>
    during(emit, at, 'is removed', work, (left) => ({ outcome: 'unchanged', note: `${left} left` })),
  )
  expect(noted.events).toEqual([begun, { ...at, is: 'ended', outcome: 'unchanged', note: '2 left' }])
})

test.each([
  ['failed', 'failed', failure],
  ['a defect', 'failed', new Error('oops')],
  ['broke off', 'unknown', lost],
  ['failed there and broke off here', 'unknown', new Failures([failure, lost])],
])('work that %s has ended all the same, as %s, and rejects as it did', async (_, outcome, thrown) => {
  const work = () => Promise.reject(thrown)
  const ended = { ...at, is: 'ended', outcome }
  expect(await told((emit) => during(emit, at, 'is removed', work))).toEqual({
    events: [begun, ended],
    result: { thrown },
  })
  expect((await told((emit) => unlessFailed(emit, at, work))).events).toEqual([ended])
})
