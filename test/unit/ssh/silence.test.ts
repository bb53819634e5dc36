import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchSilence } from '../../../src/ssh/silence.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('takes the other side for dead after three silent intervals, within 15 to 20 seconds', () => {
  const dead = vi.fn()
  watchSilence(new PassThrough(), 5000, 3, dead)
  vi.advanceTimersByTime(19_999)
  expect(dead).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(dead).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(60_000)
  expect(dead).toHaveBeenCalledTimes(1)
})

it('takes any byte for life', () => {
  const dead = vi.fn()
  const stream = new PassThrough()
  watchSilence(stream, 5000, 3, dead)
  for (let turn = 0; turn < 10; turn++) {
    vi.advanceTimersByTime(14_000)
    stream.emit('data', Buffer.from('x'))
  }
  expect(dead).not.toHaveBeenCalled()
})

it('ends with its connection', () => {
  const dead = vi.fn()
  const stream = new PassThrough()
  watchSilence(stream, 5000, 3, dead)()
  vi.advanceTimersByTime(60_000)
  expect(dead).not.toHaveBeenCalled()
  expect(stream.listenerCount('data')).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})
