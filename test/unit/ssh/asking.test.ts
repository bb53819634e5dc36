import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newMemory, patient } from '../../../src/ssh/asking.ts'

describe('what was asked', () => {
  it('is asked once for each key, a refusal too', async () => {
    const memory = newMemory()
    const ask = vi.fn(() => Promise.resolve('secret'))
    expect(await Promise.all([memory.recall('a', ask), memory.recall('a', ask), memory.recall('b', ask)])).toHaveLength(
      3,
    )
    expect(ask).toHaveBeenCalledTimes(2)
    const refuse = vi.fn(() => Promise.reject(new Error('no terminal')))
    await expect(memory.recall('c', refuse)).rejects.toThrow('no terminal')
    await expect(memory.recall('c', refuse)).rejects.toThrow('no terminal')
    expect(refuse).toHaveBeenCalledTimes(1)
  })

  it('is asked one after the other, also after one that was not answered', async () => {
    const memory = newMemory()
    const events: string[] = []
    const ask = (name: string, fails: boolean) => async () => {
      events.push(`${name} begins`)
      await Promise.resolve()
      events.push(`${name} ends`)
      if (fails) throw new Error(name)
    }
    const first = memory.inTurn(ask('first', true))
    const second = memory.inTurn(ask('second', false))
    await expect(first).rejects.toThrow('first')
    await second
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  })
})

describe('a deadline amid questions', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const deadline = () => {
    const control = new AbortController()
    return { pass: () => control.abort(new DOMException('late', 'TimeoutError')), control, signal: control.signal }
  }

  it('passes when nobody is asked', () => {
    const { pass, signal } = deadline()
    const patience = patient(signal)
    pass()
    expect(patience.signal.aborted).toBe(true)
  })

  it('stands still while somebody is asked, and leaves some time after it', async () => {
    const { pass, signal } = deadline()
    const patience = patient(signal, 1000)
    let answer: (text: string) => void = () => undefined
    const asking = patience.while(new Promise<string>((resolve) => (answer = resolve)))
    pass()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(patience.signal.aborted).toBe(false)
    answer('here')
    expect(await asking).toBe('here')
    await vi.advanceTimersByTimeAsync(999)
    expect(patience.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(patience.signal.aborted).toBe(true)
  })

  it('does not hold up an interruption', () => {
    const { control, signal } = deadline()
    const patience = patient(signal)
    void patience.while(new Promise(() => undefined))
    control.abort(new Error('interrupted'))
    expect(patience.signal.aborted).toBe(true)
  })

  it('is forgotten once the wait is over', async () => {
    const { pass, signal } = deadline()
    const patience = patient(signal, 1000)
    patience.end()
    pass()
    await vi.advanceTimersByTimeAsync(2000)
    expect(patience.signal.aborted).toBe(false)
  })
})
