import jute from 'node-zookeeper-client/lib/jute/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { parseConfigNode } from '../../src/zookeeper/config.ts'
import { digestId } from '../../src/zookeeper/digest.ts'
import { Link } from '../../src/zookeeper/link.ts'
import { openSession, type SessionOptions } from '../../src/zookeeper/session.ts'
import { emptyTransaction, encodedSize, operationSize, requestLimit } from '../../src/zookeeper/transaction.ts'
import { fourLetterWord, parseMntr, parseSrvr } from '../../src/zookeeper/words.ts'
import type { Acl, Operation, ZooKeeper } from '../../src/zookeeper/zookeeper.ts'
import { type Server, startServer, superPassword } from './zookeeper-server.ts'

const open: readonly Acl[] = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }]
const create = (path: string, data: Buffer | string = '', acl = open): Operation => ({
  do: 'create',
  path,
  data: Buffer.from(data),
  acl,
})

let server: Server
let zk: ZooKeeper
const session = (options: Partial<SessionOptions> = {}) => openSession({ dial: server.dial, ...options })
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error: unknown) => (error as { code: string }).code,
  )

beforeAll(async () => {
  server = await startServer()
  zk = await session()
})
afterAll(() => server.stop())

describe('a session', () => {
  test('is proof of a quorum and leaves no znode', async () => {
    const before = parseSrvr(await fourLetterWord(server.dial, 'srvr', 5000))
    await (await openSession({ dial: server.dial })).close()
    const after = parseSrvr(await fourLetterWord(server.dial, 'srvr', 5000))
    if (before.is !== 'present' || after.is !== 'present') throw new Error('srvr has no answer')
    expect(before.value).toMatchObject({ mode: 'leader', version: expect.stringMatching(/^3\./) as string })
    expect(parseInt(after.value.zxid, 16) - parseInt(before.value.zxid, 16)).toBe(2) // opened and closed
    expect(await zk.children('/')).toEqual(['zookeeper'])
  })

  test('opens in little more than a round trip, authentication included', async () => {
    const began = performance.now()
    const secured = await session({ auth: [{ scheme: 'digest', auth: new Secret('dman:x') }] })
    console.log(`open with authentication: ${(performance.now() - began).toFixed(1)} ms`)
    expect(secured.sessionId).toMatch(/^[0-9a-f]{16}$/)
    expect(secured.sessionId).not.toBe(zk.sessionId)
    await secured.close()
  })

  test('tells what mntr counts', async () => {
    const facts = parseMntr(await fourLetterWord(server.dial, 'mntr', 5000))
    expect(facts).toMatchObject({
      is: 'present',
      value: { syncedFollowers: 0, pendingSyncs: 0 },
    })
  })

  test('refuses an unknown authentication scheme', async () => {
    expect(await codeOf(session({ auth: [{ scheme: 'nonesuch', auth: new Secret('x') }] }))).toBe('AUTH_FAILED')
  })

  test('a closed one is dead, and closing twice is fine', async () => {
    const other = await session()
    await other.close()
    await other.close()
    expect(await codeOf(other.get('/'))).toBe('CONNECTION_LOSS')
  })
})

describe('znodes', () => {
  test('check and set on version 0 is exact', async () => {
    await zk.multi([create('/versions', 'one')])
    await zk.multi([{ do: 'set', path: '/versions', data: Buffer.from('two'), version: 0 }])
    const stale: Operation[] = [
      { do: 'check', path: '/versions', version: 1 },
      { do: 'set', path: '/versions', data: Buffer.from('three'), version: 0 },
      { do: 'delete', path: '/versions', version: 1 },
    ]
    await expect(zk.multi(stale)).rejects.toMatchObject({ code: 'BAD_VERSION', index: 1, outcomeUnknown: false })
    await expect(zk.multi([{ do: 'check', path: '/versions', version: 0 }])).rejects.toMatchObject({ index: 0 })
    await expect(zk.multi([{ do: 'delete', path: '/versions', version: 0 }])).rejects.toMatchObject({
      code: 'BAD_VERSION',
    })
    const { data, stat } = (await zk.get('/versions')) ?? {}
    expect([data?.toString(), stat?.version]).toEqual(['two', 1])
    await zk.multi([{ do: 'delete', path: '/versions', version: 1 }])
    expect(await zk.get('/versions')).toBeNull()
  })

  test('a transaction is all or nothing and names what failed', async () => {
    const failing = [create('/a'), create('/a/b'), create('/no/parent'), create('/c')]
    await expect(zk.multi(failing)).rejects.toMatchObject({ code: 'NO_NODE', index: 2 })
    await expect(zk.multi([create('/zookeeper')])).rejects.toMatchObject({ code: 'NODE_EXISTS', index: 0 })
    expect(await zk.exists('/a')).toBeNull()
    await zk.multi([create('/a'), create('/a/b'), create('/a/c')])
    expect(await zk.children('/a')).toEqual(['b', 'c'])
    await expect(zk.multi([{ do: 'delete', path: '/a', version: 0 }])).rejects.toMatchObject({ code: 'NOT_EMPTY' })
    await zk.multi([])
  })

  test('empty data, every byte and far scripts come back as they went', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const names = ['empty', 'bytes', 'größe', '設定', 'a b', "it's", 'ﷺ']
    await zk.multi([create('/data'), ...names.map((name) => create(`/data/${name}`, name === 'bytes' ? bytes : name))])
    await zk.multi([{ do: 'set', path: '/data/empty', data: Buffer.alloc(0), version: 0 }])
    expect(await zk.children('/data')).toEqual([...names].sort())
    expect((await zk.get('/data/empty'))?.data).toEqual(Buffer.alloc(0))
    expect((await zk.get('/data/bytes'))?.data).toEqual(bytes)
    expect((await zk.get('/data/設定'))?.data.toString()).toBe('設定')
    expect((await zk.get('/data'))?.stat).toMatchObject({ numChildren: names.length, dataLength: 0, version: 0 })
  })

  test('null data is an empty Buffer, as empty data is', async () => {
    const link = await Link.open(await server.dial(AbortSignal.timeout(5000)), {
      auth: [],
      sessionTimeout: 4000,
      requestTimeout: 5000,
      requestLimit,
    })
    const { CreateRequest } = jute.protocol
    const everyone = new jute.data.ACL(31, new jute.data.Id('world', 'anyone'))
    const body = new CreateRequest('/null', null, [everyone], 0)
    await link.call({ what: 'create', type: 1, body }, () => undefined)
    await link.close(2000)
    expect((await zk.get('/null'))?.data).toEqual(Buffer.alloc(0))
  })

  test('a stat tells zxids and counts', async () => {
    await zk.multi([create('/stat', 'abc')])
    const stat = await zk.exists('/stat')
    expect(stat).toMatchObject({ version: 0, aversion: 0, dataLength: 3, numChildren: 0 })
    expect(stat?.czxid).toMatch(/^[0-9a-f]{16}$/)
    expect(stat?.ephemeralOwner).toBe('0'.repeat(16))
    expect(await zk.getAcl('/nothing')).toBeNull()
    expect(await zk.children('/nothing')).toBeNull()
  })

  test('paths and names that ZooKeeper refuses', async () => {
    for (const path of ['', 'a', '/a/', '//a', '/a\0b', '/\ud800'])
      expect(await codeOf(zk.get(path))).toBe('BAD_ARGUMENTS')
    expect(await codeOf(zk.multi([create('/zookeeper/..')]))).toBe('BAD_ARGUMENTS')
    expect(await codeOf(zk.multi([create('/zookeeper/\uf8ff')]))).toBe('BAD_ARGUMENTS')
  })

  test('sync and the ensemble configuration', async () => {
    await zk.sync('/')
    const config = parseConfigNode((await zk.get('/zookeeper/config'))?.data ?? Buffer.alloc(0))
    expect(config).toMatchObject({
      is: 'present',
      value: { members: [{ id: 1, role: 'participant', client: { port: 2180 } }] },
    })
  })
})

describe('access control', () => {
  const dman = new Secret('gehe:im')
  const acl: readonly Acl[] = [
    { scheme: 'digest', id: digestId('dman', dman), perms: 'cdrwa' },
    { scheme: 'world', id: 'anyone', perms: 'r' },
  ]

  test('a digest opens what others may only read; ACLs move by their own version', async () => {
    const owner = await session({ auth: [{ scheme: 'digest', auth: new Secret(`dman:${dman.reveal()}`) }] })
    await owner.multi([create('/guarded', 'x', acl)])
    const write: Operation = { do: 'set', path: '/guarded', data: Buffer.from('y'), version: 0 }
    await expect(zk.multi([write])).rejects.toMatchObject({ code: 'NO_AUTH', index: 0 })
    expect((await zk.get('/guarded'))?.data.toString()).toBe('x')
    await owner.multi([write])
    expect((await owner.getAcl('/guarded'))?.acl).toEqual(acl)
    await owner.setAcl('/guarded', acl.slice(0, 1), 0)
    expect(await codeOf(owner.setAcl('/guarded', acl, 0))).toBe('BAD_VERSION')
    expect(await codeOf(zk.get('/guarded'))).toBe('NO_AUTH')
    await owner.close()
  })

  test('the super user may everything', async () => {
    const root = await session({ auth: [{ scheme: 'digest', auth: new Secret(`super:${superPassword.reveal()}`) }] })
    await root.multi([create('/locked', 'x', [{ scheme: 'digest', id: 'nobody:x', perms: 'r' }])])
    expect((await root.get('/locked'))?.data.toString()).toBe('x')
    expect(await codeOf(zk.get('/locked'))).toBe('NO_AUTH')
    await root.close()
  })
})

describe('limits', () => {
  const filling = (size: number): Operation[] => {
    const first = create('/limit-a', '')
    const second = create('/limit-b', '')
    return [first, create('/limit-b', Buffer.alloc(size - encodedSize([first, second]), 1))]
  }

  test('a transaction of exactly the limit commits; one byte more is refused before it is sent', async () => {
    await zk.multi(filling(requestLimit))
    expect((await zk.exists('/limit-b'))?.dataLength).toBeGreaterThan(1_048_000)
    await expect(zk.multi(filling(requestLimit + 1))).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' })
    await zk.get('/')
  })

  test('the same with many small operations', async () => {
    await zk.multi([create('/many')])
    const operations: Operation[] = []
    for (let size = emptyTransaction, index = 0; ; index += 1) {
      const operation = create(`/many/${String(index).padStart(6, '0')}`)
      size += operationSize(operation)
      if (size > requestLimit) break
      operations.push(operation)
    }
    await zk.multi(operations)
    expect(await zk.children('/many')).toHaveLength(operations.length)
  })

  test('the server itself draws the line there', async () => {
    const unlimited = await session({ requestLimit: Infinity })
    const sets = filling(requestLimit + 1).map((op) => ({ do: 'check', path: op.path, version: 0 }) as const)
    await unlimited.multi(sets)
    await expect(unlimited.multi(filling(requestLimit + 1))).rejects.toMatchObject({
      code: 'CONNECTION_LOSS',
      outcomeUnknown: true,
    })
  })
})

describe('many calls at once', () => {
  const value = Buffer.alloc(1024, 'x')
  const paths = Array.from({ length: 10_000 }, (_, index) => `/bulk/${index}`)

  test('ten thousand writes, reads and transactions, pipelined', async () => {
    const rate = async (what: string, count: number, work: () => Promise<unknown>) => {
      const began = performance.now()
      await work()
      console.log(`${what}: ${Math.round((count * 1000) / (performance.now() - began))} znodes/s`)
    }
    await zk.multi([create('/bulk')])
    await rate('created one by one', 10_000, () => Promise.all(paths.map((path) => zk.multi([create(path, value)]))))
    await rate('read', 10_000, async () => {
      const read = await Promise.all(paths.map((path) => zk.get(path)))
      expect(read.every((got) => got?.data.equals(value))).toBe(true)
    })
    await rate('deleted by hundreds', 10_000, () =>
      Promise.all(hundreds((path) => ({ do: 'delete', path, version: 0 })).map((group) => zk.multi(group))),
    )
    await rate('created by hundreds', 10_000, () =>
      Promise.all(hundreds((path) => create(path, value)).map((group) => zk.multi(group))),
    )
    expect(await zk.children('/bulk')).toHaveLength(10_000)
  })

  const hundreds = (make: (path: string) => Operation): Operation[][] =>
    Array.from({ length: 100 }, (_, group) => paths.slice(group * 100, group * 100 + 100).map(make))
})

describe('losses', () => {
  test('a connection cut amid calls fails each of them as unknown', async () => {
    const cut = await session()
    const calls = Array.from({ length: 50 }, () => cut.multi([{ do: 'check', path: '/', version: 0 }]))
    const outcomes = Promise.allSettled(calls)
    server.sockets.at(-1)?.resetAndDestroy()
    const lost = (await outcomes).filter((outcome) => outcome.status === 'rejected')
    expect(lost.length).toBeGreaterThan(0)
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'CONNECTION_LOSS', outcomeUnknown: true })
    expect(await codeOf(cut.get('/'))).toBe('CONNECTION_LOSS')
  })

  test('a frozen server: calls time out, also the opening; thawed, the same session goes on', async () => {
    const hasty = await session({ requestTimeout: 400 })
    await server.freeze()
    try {
      await expect(hasty.get('/')).rejects.toMatchObject({ code: 'OPERATION_TIMEOUT', outcomeUnknown: true })
      expect(await codeOf(session({ deadline: 300 }))).toBe('OPERATION_TIMEOUT')
      expect(await codeOf(session({ deadline: AbortSignal.timeout(300) }))).toBe('OPERATION_TIMEOUT')
      await expect(fourLetterWord(server.dial, 'srvr', 300)).rejects.toMatchObject({ got: 'no answer within 300 ms' })
    } finally {
      server.thaw()
    }
    await hasty.sync('/')
    expect((await hasty.get('/'))?.stat.numChildren).toBeGreaterThan(0)
    await hasty.close()
  })

  test('no one listens there', async () => {
    await server.stop()
    await expect(session()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await codeOf(zk.get('/'))).toBe('CONNECTION_LOSS')
  })
})
