import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tellBytes } from '../../../src/hosts/progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('bytes are told ten times a second and at the end; where more come than were expected these are the total', () => {
  const told: unknown[] = []
  const tell = tellBytes((event) => told.push(event), { task: 'hosts/zk1', host: 'zk1' }, 100)
  for (let done = 1; done <= 120; done += 1) {
    tell(done)
    vi.advanceTimersByTime(2)
  }
  const at = { task: 'hosts/zk1', host: 'zk1', is: 'progress', unit: 'bytes' }
  expect(told).toEqual([
    { ...at, done: 1, total: 100 },
    { ...at, done: 51, total: 100 },
    { ...at, done: 100, total: 100 },
  ])
  vi.advanceTimersByTime(100)
  tell(121)
  expect(told.at(-1)).toEqual({ ...at, done: 121, total: 121 })
})
