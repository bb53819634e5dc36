import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it, vi } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { newChannel } from '../../../src/ssh/channel.ts'

/** Behaves as ssh2's channel does: events come by hand, `close` comes only once stdout was let flow to its end. */
class FakeRaw extends EventEmitter {
  readonly stderr = Object.assign(new EventEmitter(), { pause: vi.fn(), resume: vi.fn() })
  readonly written: string[] = []
  open = true
  readonly pause = vi.fn()
  readonly resume = vi.fn()
  readonly end = vi.fn()
  readonly close = vi.fn(() => (this.open = false))
  write(chunk: Buffer, done: () => void) {
    this.written.push(chunk.toString())
    // on a closed channel ssh2 never calls back
    if (this.open) queueMicrotask(done)
  }
  endOutput() {
    this.emit('end')
    this.stderr.emit('end')
  }
  finish(code: number | null, signal?: string) {
    this.emit('exit', code, signal)
    this.endOutput()
    this.open = false
    this.emit('close')
  }
}

function opened(deadline = new AbortController().signal) {
  const raw = new FakeRaw()
  const closed = vi.fn()
  return { raw, closed, channel: newChannel(raw, { host: 'zk1', step: 'run a command' }, deadline, closed) }
}
const lost = new Failure({ host: 'zk1', step: 'use the connection', got: 'connection lost', hint: '', exit: 4 })

describe('the outcome of a command', () => {
  it('is its exit status, and its slot is free then', async () => {
    const { raw, channel, closed } = opened()
    raw.emit('data', Buffer.from('out'))
    raw.stderr.emit('data', Buffer.from('err'))
    raw.finish(3)
    expect(await channel.outcome).toEqual({ is: 'exited', code: 3 })
    expect(await Promise.all([text(channel.stdout), text(channel.stderr)])).toEqual(['out', 'err'])
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('is the signal that ended it', async () => {
    const { raw, channel } = opened()
    raw.finish(null, 'SIGKILL')
    expect(await channel.outcome).toEqual({ is: 'signalled', signal: 'SIGKILL' })
  })

  it('comes after whoever reads has read all', async () => {
    const { raw, channel } = opened()
    const events: string[] = []
    channel.stdout.on('data', () => events.push('data')).on('end', () => events.push('end'))
    void channel.outcome.then(() => events.push('outcome'))
    raw.emit('data', Buffer.from('out'))
    raw.finish(0)
    await channel.outcome
    expect(events).toEqual(['data', 'end', 'outcome'])
  })

  it('is unknown where the channel is closed without a status', async () => {
    const { raw, channel } = opened()
    raw.endOutput()
    raw.emit('close')
    expect(await channel.outcome).toMatchObject({ is: 'unknown', why: { host: 'zk1' } })
  })

  it('case 6: is unknown when the connection is lost, and what was read is not taken for the whole', async () => {
    const { raw, channel } = opened()
    const reading = text(channel.stdout)
    raw.emit('data', Buffer.from('half'))
    channel.lose(lost)
    raw.finish(0)
    expect(await channel.outcome).toEqual({ is: 'unknown', why: lost })
    await expect(reading).rejects.toBe(lost)
  })

  it('is known where the connection is lost after its end', async () => {
    const { raw, channel } = opened()
    raw.emit('exit', 0)
    raw.endOutput()
    channel.lose(lost)
    expect(await channel.outcome).toEqual({ is: 'exited', code: 0 })
  })

  it('is unknown at the deadline, and the channel is closed', async () => {
    const control = new AbortController()
    const { raw, channel } = opened(control.signal)
    control.abort(new DOMException('late', 'TimeoutError'))
    expect(await channel.outcome).toMatchObject({ is: 'unknown', why: { got: 'timed out: the command did not end' } })
    expect(raw.close).toHaveBeenCalled()
  })

  it('is unknown where we close it, at once', async () => {
    const { raw, channel } = opened()
    channel.close()
    expect(await channel.outcome).toMatchObject({ is: 'unknown' })
    expect(raw.close).toHaveBeenCalled()
  })

  it('keeps no hold of a deadline that outlives it', async () => {
    const control = new AbortController()
    const { raw, channel } = opened(control.signal)
    raw.finish(0)
    await channel.outcome
    raw.close.mockClear()
    control.abort()
    expect(raw.close).not.toHaveBeenCalled()
  })
})

describe('output', () => {
  it('that nobody reads makes a command wait, but not one that has ended', () => {
    const { raw } = opened()
    raw.emit('data', Buffer.alloc(1 << 20))
    expect(raw.pause).toHaveBeenCalled()
    raw.resume.mockClear()
    raw.emit('exit', 0)
    expect(raw.resume).toHaveBeenCalled()
  })

  it('on stderr never makes it wait, and is dropped beyond its limit', async () => {
    const { raw, channel } = opened()
    for (let count = 0; count < 64; count++) raw.stderr.emit('data', Buffer.alloc(1 << 16, 'x'))
    expect(raw.stderr.pause).not.toHaveBeenCalled()
    raw.finish(0)
    await channel.outcome
    expect((await text(channel.stderr)).length).toBe(1 << 18)
  })

  it('that is not wanted any more does not hold up the end', async () => {
    const { raw, channel } = opened()
    channel.stdout.destroy()
    raw.emit('data', Buffer.alloc(1 << 20))
    raw.finish(0)
    expect(await channel.outcome).toEqual({ is: 'exited', code: 0 })
  })
})

describe('input', () => {
  it('goes to the command, and its end too', async () => {
    const { raw, channel } = opened()
    await pipeline(Readable.from([Buffer.from('a'), Buffer.from('b')]), channel.stdin)
    expect(raw.written).toEqual(['a', 'b'])
    expect(raw.end).toHaveBeenCalledTimes(1)
    expect(raw.close).not.toHaveBeenCalled()
  })

  it('is refused, not left hanging, where the command has ended', async () => {
    const { raw, channel } = opened()
    raw.open = false
    const sending = pipeline(Readable.from([Buffer.from('a')]), channel.stdin)
    await new Promise((resolve) => setImmediate(resolve))
    raw.finish(1)
    await expect(sending).rejects.toThrow('without reading all its input')
    expect(await channel.outcome).toEqual({ is: 'exited', code: 1 })
  })

  it('that breaks off closes the channel: a part is not the whole', async () => {
    const { raw, channel } = opened()
    const broken = new Readable({ read: () => undefined })
    const sending = pipeline(broken, channel.stdin)
    broken.destroy(new Error('disk error'))
    await expect(sending).rejects.toThrow('disk error')
    expect(raw.end).not.toHaveBeenCalled()
    expect(raw.close).toHaveBeenCalled()
    expect(await channel.outcome).toMatchObject({ is: 'unknown' })
  })
})
