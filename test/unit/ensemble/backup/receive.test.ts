import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { receive } from '../../../../src/ensemble/backup/receive.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { ownFolder } from '../../folder.ts'
import { header, logOf } from '../../zookeeper/log-bytes.ts'
import { packed, unpacked } from './kit.ts'

const folder = ownFolder()
const snapshot = Buffer.alloc(300_000, 'snapshot')
const log = logOf(0x100000001n, 0x100000002n)
const padding = Buffer.alloc(70_000)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const taken = (stream: Readable, came: (done: number) => void = () => undefined) => receive(stream, folder.at(), came)

test('a snapshot is kept to its last byte, a log without its padding; what is told of them is what was written', async () => {
  const seen: number[] = []
  const sent = unpacked({ 'snapshot.100000000': snapshot, 'log.100000001': Buffer.concat([log, padding]) })
  const files = await taken(packed(sent), (done) => seen.push(done))
  expect(files).toEqual([
    { name: 'snapshot.100000000', size: snapshot.length, sha256: sha256(snapshot) },
    {
      name: 'log.100000001',
      size: log.length,
      sha256: sha256(log),
      log: { bytes: log.length, transactions: 2, first: '0000000100000001', last: '0000000100000002' },
    },
  ])
  expect(files.map(({ name }) => sha256(readFileSync(folder.at(name))))).toEqual(files.map((file) => file.sha256))
  expect(seen.at(-1)).toBe(snapshot.length + log.length + padding.length)
})

test('a log that nothing whole is in takes no bytes, and what follows it is read on', async () => {
  const files = await taken(packed(unpacked({ 'log.100000001': Buffer.concat([header, padding]), 'log.2': log })))
  expect(files.map(({ name, size }) => [name, size])).toEqual([
    ['log.100000001', 0],
    ['log.2', log.length],
  ])
})

test('what arrives in small pieces is the same', async () => {
  const bytes = gzipSync(unpacked({ 'log.100000001': log, 'snapshot.1': snapshot }), { level: 0 })
  const pieces = Array.from({ length: Math.ceil(bytes.length / 997) }, (_, at) =>
    bytes.subarray(at * 997, at * 997 + 997),
  )
  expect((await taken(Readable.from(pieces))).map((file) => file.sha256)).toEqual([sha256(log), sha256(snapshot)])
})

test.each([
  ['the packed bytes end early', Readable.from([gzipSync(unpacked({ 'snapshot.1': snapshot })).subarray(0, 200)])],
  ['a file is shorter than was said', packed(unpacked({ 'snapshot.1': snapshot }).subarray(0, 1000))],
  ['the last line is missing', packed(unpacked({ 'log.1': log }, ''))],
  ['nothing comes', Readable.from([])],
])('it is no backup where %s', async (_, stream) => {
  await expect(taken(stream)).rejects.toMatchObject({
    step: 'receive the backup',
    got: expect.stringContaining('it broke off') as string,
  })
})

test.each(['../snapshot.1', 'currentEpoch', 'zoo.cfg', 'snapshot.x'])(
  'nothing is written by the name %s',
  async (name) => {
    await expect(taken(packed(unpacked({ [name]: log })))).rejects.toMatchObject({
      got: expect.stringContaining('what came is no backup') as string,
    })
    expect(readdirSync(folder.at())).toEqual([])
  },
)

test('of a host that said why it broke off that is told', async () => {
  const failure = new Failure({
    host: 'zk1',
    step: 'read the data',
    got: 'tmp/backup.1 is not there any more',
    hint: '',
  })
  const bytes = gzipSync(unpacked({ 'snapshot.1': snapshot })).subarray(0, 100)
  const breaks = Readable.from(
    (async function* () {
      yield bytes
      await Promise.resolve()
      throw failure
    })(),
  )
  await expect(taken(breaks)).rejects.toBe(failure)
})
