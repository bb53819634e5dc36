import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { onAbort } from '../../../src/model/abort.ts'

describe('what a signal that aborts calls', () => {
  it('is called once, or at once where it has aborted already', () => {
    const stop = new AbortController()
    const act = vi.fn()
    onAbort(stop.signal, act)
    expect(act).not.toHaveBeenCalled()
    stop.abort()
    expect(act).toHaveBeenCalledTimes(1)
    onAbort(stop.signal, act)
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('is not called once it was taken back', () => {
    const stop = new AbortController()
    const act = vi.fn()
    onAbort(stop.signal, act)()
    stop.abort()
    expect(act).not.toHaveBeenCalled()
  })

  it('may be many things, without a warning of Node', async () => {
    const warned = vi.fn()
    process.on('warning', warned)
    try {
      const { signal } = new AbortController()
      const forget = Array.from({ length: 30 }, () => onAbort(signal, () => undefined))
      await turn()
      for (const each of forget) each()
      expect(warned).not.toHaveBeenCalled()
    } finally {
      process.off('warning', warned)
    }
  })
})
