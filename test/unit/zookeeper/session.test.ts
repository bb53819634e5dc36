import { inspect } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { openSession } from '../../../src/zookeeper/session.ts'
import type { ZooKeeper } from '../../../src/zookeeper/zookeeper.ts'
import { asked, codeOf, data, type Fake, fakeServer, framed, greeting, open, opened, settled, stat } from './fake.ts'
import { streamPair } from './pair.ts'

const digest = { scheme: 'digest', auth: new Secret('dman:geheim') }

describe('opening', () => {
  test('resolves with the session id once authentication was accepted', async () => {
    const { zk } = await opened({}, { auth: [digest, digest] })
    expect(zk.sessionId).toBe('0000000000000abc')
  })

  test.each([
    ['authentication refused', { authCode: -115 }, 'AUTH_FAILED'],
    ['authentication refused with an unknown code', { authCode: -999 }, 'AUTH_FAILED'],
    ['the session refused', { greeting: greeting(0) }, 'SESSION_EXPIRED'],
    ['another protocol', { greeting: Buffer.from('SSH-2.0-OpenSSH_9.2\r\n') }, 'MARSHALLING_ERROR'],
    ['an empty greeting', { greeting: framed(Buffer.alloc(0)) }, 'MARSHALLING_ERROR'],
    ['a greeting of another version', { greeting: framed(Buffer.alloc(37, 1)) }, 'MARSHALLING_ERROR'],
    [
      'a password longer than the packet',
      { greeting: framed(Buffer.alloc(37, 0).fill(0x7f, 16, 20)) },
      'MARSHALLING_ERROR',
    ],
    ['a negative length', { greeting: Buffer.alloc(64, 0xff) }, 'MARSHALLING_ERROR'],
  ])('%s', async (_, habits, code) => {
    const fake = fakeServer(habits)
    await expect(open(fake, { auth: [digest] })).rejects.toMatchObject({ name: 'ZooKeeperError', code })
    expect(fake.client.destroyed).toBe(true)
  })

  test('a connection closed before the greeting says that the server does not serve', async () => {
    const fake = fakeServer({ greeting: null })
    const opening = open(fake)
    await settled()
    fake.stream.destroy()
    await expect(opening).rejects.toMatchObject({
      code: 'CONNECTION_LOSS',
      message: expect.stringContaining('does not serve') as string,
    })
  })

  test('passes on what the dialling failed with', async () => {
    const refused = new Error('refused')
    await expect(openSession({ dial: () => Promise.reject(refused) })).rejects.toBe(refused)
  })

  test('a stream that is dead already is a loss', async () => {
    const [stream] = streamPair()
    stream.destroy()
    await settled()
    expect(await codeOf(openSession({ dial: () => Promise.resolve(stream) }))).toBe('CONNECTION_LOSS')
  })

  test('an error shows no secret', async () => {
    const fake = fakeServer({ authCode: -115 })
    const error: unknown = await open(fake, { auth: [digest] }).catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: 9 })).not.toContain('geheim')
  })

  test('a server that gives no session refuses it', async () => {
    const refusing = fakeServer({ greeting: greeting(0) })
    expect(await codeOf(openSession({ dial: () => Promise.resolve(refusing.client) }))).toBe('SESSION_EXPIRED')
  })
})

describe('calls', () => {
  let fake: Fake
  let zk: ZooKeeper
  beforeEach(async () => ({ fake, zk } = await opened()))

  test('an answer cut into bytes is put together', async () => {
    const { call, xid } = await asked(fake, zk.get('/a'))
    fake.answer(xid, 0, data(Buffer.from('value')), 60)
    await settled()
    for (let byte = 0; byte < 60; byte += 1) fake.send(Buffer.from([0]))
    expect((await call)?.data.toString()).toBe('value')
  })

  test('many answers in one chunk go to their calls', async () => {
    const calls = Array.from({ length: 300 }, (_, index) => zk.get(`/${index}`))
    await settled()
    expect(fake.got).toHaveLength(300)
    fake.stream.cork()
    for (const { xid, body } of fake.got) fake.answer(xid, 0, data(body.subarray(5, -1)))
    fake.stream.uncork()
    expect((await Promise.all(calls)).map((got) => got?.data.toString())).toEqual(calls.map((_, index) => `${index}`))
  })

  test('null data is empty', async () => {
    const { call, xid } = await asked(fake, zk.get('/a'))
    fake.answer(xid, 0, data(null))
    expect((await call)?.data).toEqual(Buffer.alloc(0))
  })

  test('only NO_NODE is absent; a code that is newer than we are has a name', async () => {
    const absent = await asked(fake, zk.exists('/a'))
    fake.answer(absent.xid, -101)
    expect(await absent.call).toBeNull()
    const odd = await asked(fake, zk.exists('/a'))
    fake.answer(odd.xid, -4711)
    await expect(odd.call).rejects.toMatchObject({ code: 'ERROR_-4711', outcomeUnknown: false })
    const after = await asked(fake, zk.exists('/a'))
    fake.answer(after.xid, 0, stat())
    expect((await after.call)?.version).toBe(0)
  })

  test('version 0 goes over the wire as 0', async () => {
    const { body } = await asked(fake, zk.multi([{ do: 'check', path: '/a', version: 0 }]))
    expect(body.subarray(9 + 4 + 2, 9 + 4 + 2 + 4)).toEqual(Buffer.from([0, 0, 0, 0]))
  })

  test('a failed transaction names the operation', async () => {
    const { call, xid } = await asked(
      fake,
      zk.multi([
        { do: 'check', path: '/a', version: 0 },
        { do: 'delete', path: '/b', version: 0 },
        { do: 'delete', path: '/c', version: 0 },
      ]),
    )
    const failure = (code: number) => {
      const result = Buffer.alloc(13)
      result.writeInt32BE(-1)
      result.writeInt32BE(code, 5)
      result.writeInt32BE(code, 9)
      return result
    }
    const end = Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff])
    fake.answer(xid, 0, Buffer.concat([failure(0), failure(-103), failure(-2), end]))
    await expect(call).rejects.toMatchObject({
      code: 'BAD_VERSION',
      index: 1,
      message: expect.stringContaining('delete /b') as string,
    })
  })

  test('what cannot be meant is refused before it is sent', async () => {
    for (const path of ['', 'a', '/a/', '//', '/a\0', '/\udc00'])
      expect(await codeOf(zk.get(path))).toBe('BAD_ARGUMENTS')
    expect(await codeOf(zk.setAcl('/a', [{ scheme: 'world', id: 'anyone', perms: 'rx' }], 0))).toBe('BAD_ARGUMENTS')
    expect(await codeOf(zk.setAcl('/a', [], NaN))).toBe('BAD_ARGUMENTS')
    for (const version of [NaN, 0.5, 2 ** 31]) {
      expect(await codeOf(zk.multi([{ do: 'check', path: '/a', version }]))).toBe('BAD_ARGUMENTS')
    }
    const big = { do: 'set', path: '/a', data: Buffer.alloc(1_048_575), version: 0 } as const
    await expect(zk.multi([big])).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE', outcomeUnknown: false })
    await zk.multi([])
    expect(fake.got).toEqual([])
  })

  test('notifications and pings are no answers', async () => {
    const { call, xid } = await asked(fake, zk.exists('/a'))
    fake.answer(-1, 0, Buffer.alloc(20))
    fake.answer(-2, 0)
    fake.answer(xid, -101)
    expect(await call).toBeNull()
  })
})
