import { EventEmitter } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { Forwarded } from '../../../src/ssh/forward.ts'

class FakeRaw extends EventEmitter {
  readonly written: string[] = []
  answers = true
  readonly pause = vi.fn()
  readonly resume = vi.fn()
  readonly end = vi.fn()
  readonly close = vi.fn()
  write(chunk: Buffer, done: () => void) {
    this.written.push(chunk.toString())
    if (this.answers) queueMicrotask(done)
  }
}
const opened = () => {
  const raw = new FakeRaw()
  return { raw, stream: new Forwarded(raw) }
}

describe('a forwarded connection', () => {
  it('carries bytes both ways and ends with the other side', async () => {
    const { raw, stream } = opened()
    stream.write('ruok')
    raw.emit('data', Buffer.from('imok'))
    raw.emit('end')
    raw.emit('close')
    expect(await text(stream)).toBe('imok')
    expect(raw.written).toEqual(['ruok'])
    await vi.waitFor(() => expect(stream.closed).toBe(true))
  })

  it('sends what was corked as one', async () => {
    const { raw, stream } = opened()
    stream.cork()
    for (const piece of ['a', 'b', 'c']) stream.write(piece)
    stream.uncork()
    await new Promise((resolve) => setImmediate(resolve))
    expect(raw.written).toEqual(['abc'])
  })

  it('tells a reader and a writer when the SSH connection is lost, and throws at nobody', async () => {
    const { raw, stream } = opened()
    raw.answers = false
    const written = new Promise((resolve) => stream.write('x', resolve))
    const reading = text(stream)
    const lost = Object.assign(new Error('lost'), {}) as never
    stream.lose(lost)
    await expect(reading).rejects.toBe(lost)
    expect(await written).toBe(lost)
    expect(raw.close).toHaveBeenCalled()
  })

  it('is closed on the host when it is destroyed here', async () => {
    const { raw, stream } = opened()
    stream.destroy()
    await vi.waitFor(() => expect(stream.closed).toBe(true))
    expect(raw.close).toHaveBeenCalled()
  })
})
