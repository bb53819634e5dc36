import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSession } from '../../../src/zookeeper/session.ts'
import type { ZooKeeper } from '../../../src/zookeeper/zookeeper.ts'
import { asked, codeOf, data, type Fake, fakeServer, framed, greeting, open, opened, settled } from './fake.ts'

describe('losses', () => {
  let fake: Fake
  let zk: ZooKeeper
  beforeEach(async () => ({ fake, zk } = await opened()))
  const lost = { name: 'ZooKeeperError', code: 'CONNECTION_LOSS', outcomeUnknown: true }

  test.each<[string, (fake: Fake, xid: number) => void]>([
    ['cut', ({ stream }) => stream.destroy()],
    ['ended', ({ stream }) => stream.end()],
    ['broken', ({ client }) => client.destroy(new Error('reset'))],
    ['cut amid an answer', (on, xid) => (on.answer(xid, 0, data(Buffer.from('x')), 7), on.stream.end())],
    ['garbage', ({ send }) => send(Buffer.alloc(40, 0xee))],
    ['an answer that is too short for a header', ({ send }) => send(framed(Buffer.alloc(8)))],
    ['an answer to another call', ({ answer }, xid) => answer(xid + 7, 0)],
    ['an answer with bytes missing', ({ answer }, xid) => answer(xid, 0, data(null).subarray(0, 40))],
    [
      'an answer with bytes too many',
      ({ answer }, xid) => answer(xid, 0, Buffer.concat([data(null), Buffer.alloc(1)])),
    ],
    ['data longer than its answer', ({ answer }, xid) => answer(xid, 0, Buffer.alloc(72, 0x7f))],
    ['an authentication taken back', ({ answer }) => answer(-4, -115)],
  ])('%s: every call rejects, and the session is dead', async (_, harm) => {
    const first = await asked(fake, zk.get('/a'))
    const second = await asked(fake, zk.get('/b'))
    harm(fake, first.xid)
    await expect(first.call).rejects.toMatchObject(lost)
    await expect(second.call).rejects.toMatchObject(lost)
    expect(await codeOf(zk.get('/c'))).toBe('CONNECTION_LOSS')
    expect(fake.client.destroyed).toBe(true)
    await zk.close()
  })

  test('an answer that nobody asked for ends the session', async () => {
    fake.answer(12, 0)
    await settled()
    expect(await codeOf(zk.get('/a'))).toBe('CONNECTION_LOSS')
  })

  test('a transaction whose answer has too few results is a loss, not a success', async () => {
    const { call, xid } = await asked(fake, zk.multi([{ do: 'check', path: '/a', version: 0 }]))
    fake.answer(xid, 0, Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff]))
    await expect(call).rejects.toMatchObject(lost)
  })
})

describe('time', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }),
  )
  afterEach(() => void vi.useRealTimers())
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  test('no greeting within the deadline', async () => {
    const fake = fakeServer({ greeting: null })
    const opening = codeOf(open(fake, { deadline: 700 }))
    await pass(699)
    expect(fake.client.destroyed).toBe(false)
    await pass(1)
    expect(await opening).toBe('OPERATION_TIMEOUT')
    expect(fake.client.destroyed).toBe(true)
  })

  test('a stream that comes after the deadline is closed', async () => {
    const fake = fakeServer()
    const dial = () => new Promise<typeof fake.client>((resolve) => setTimeout(() => resolve(fake.client), 500))
    const opening = codeOf(openSession({ dial, deadline: 300 }))
    await pass(300)
    expect(await opening).toBe('OPERATION_TIMEOUT')
    await pass(300)
    expect(fake.client.destroyed).toBe(true)
  })

  test('a deadline may be a signal', async () => {
    const interrupted = new AbortController()
    const opening = codeOf(open(fakeServer({ greeting: null }), { deadline: interrupted.signal }))
    interrupted.abort()
    expect(await opening).toBe('OPERATION_TIMEOUT')
    expect(await codeOf(open(fakeServer(), { deadline: AbortSignal.abort() }))).toBe('OPERATION_TIMEOUT')
  })

  test('a call without an answer times out; its late answer harms nobody', async () => {
    const { fake, zk } = await opened({}, { requestTimeout: 500 })
    const slow = await asked(fake, zk.get('/slow'))
    await pass(300)
    const next = await asked(fake, zk.get('/next'))
    const slowly = expect(slow.call).rejects.toMatchObject({ code: 'OPERATION_TIMEOUT', outcomeUnknown: true })
    await pass(200)
    await slowly
    fake.answer(slow.xid, 0, data(Buffer.from('late')))
    fake.answer(next.xid, 0, data(Buffer.from('in time')))
    expect((await next.call)?.data.toString()).toBe('in time')
  })

  test('while the server answers others, calls wait on', async () => {
    const { fake, zk } = await opened({}, { requestTimeout: 500 })
    const calls = await Promise.all(['/1', '/2', '/3', '/4'].map((path) => asked(fake, zk.exists(path))))
    for (const { xid } of fake.got) {
      await pass(400)
      fake.answer(xid, -101)
    }
    await settled()
    for (const { call } of calls) expect(await call).toBeNull()
  })

  test('all that wait in a silence time out together', async () => {
    const { fake, zk } = await opened({}, { requestTimeout: 500 })
    const calls = Array.from({ length: 20 }, () => codeOf(zk.exists('/a')))
    await pass(500)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['OPERATION_TIMEOUT']))
    expect(fake.got).toHaveLength(20)
  })

  test('pings keep a session that has nothing to do', async () => {
    const { fake, zk } = await opened({ greeting: greeting(3000) })
    await pass(30_000)
    const { call, xid } = await asked(fake, zk.exists('/a'))
    fake.answer(xid, -101)
    expect(await call).toBeNull()
  })

  test('a server that says nothing for two thirds of the session timeout is lost', async () => {
    const { fake, zk } = await opened({ greeting: greeting(3000), pings: false })
    await pass(1999)
    expect(fake.client.destroyed).toBe(false)
    await pass(1)
    expect(await codeOf(zk.get('/a'))).toBe('CONNECTION_LOSS')
  })

  test('closing waits shortly for the server, and for calls before it', async () => {
    const { fake, zk } = await opened({ closing: false })
    const call = codeOf(zk.exists('/a'))
    const closing = zk.close()
    await pass(1999)
    expect(fake.client.destroyed).toBe(false)
    await pass(1)
    await closing
    expect(await call).toBe('CONNECTION_LOSS')
    expect(fake.client.destroyed).toBe(true)
  })
})
