import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Asking } from '../../../../src/ensemble/ask.ts'
import { replayOn, sameEnd, type SetTaking, takeSet } from '../../../../src/ensemble/backup/take.ts'
import type { Serving } from '../../../../src/ensemble/facts.ts'
import { type Fact, present, unknown } from '../../../../src/model/fact.ts'
import { Failure, Interrupted } from '../../../../src/model/failure.ts'
import type { DataFiles } from '../../../../src/remote/data-files.ts'
import type { EnsembleConfig } from '../../../../src/zookeeper/config.ts'
import { ownFolder } from '../../folder.ts'
import { fakeLocked } from '../../hosts/fake-locked.ts'
import { header, logOf } from '../../zookeeper/log-bytes.ts'
import { packed, unpacked } from './kit.ts'

const folder = ownFolder()
const none = Buffer.alloc(0)
const config: EnsembleConfig = { version: '0000000100000000', members: [] }
const serving: Omit<Serving, 'zxid'> = { mode: 'follower', version: '3.9.5', connections: 1 }

/** What lies there: contents by name; a snapshot that begins with `half` has no end mark. */
type Files = Readonly<Record<string, Buffer>>

const dataOf = (files: Files): DataFiles => ({
  files: Object.entries(files).map(([name, { length }]) => ({ name, size: length })),
  whole: new Set(Object.keys(files).filter((name) => name.startsWith('snapshot') && files[name]?.[0] !== 0x68)),
  currentEpoch: 1,
  acceptedEpoch: 2,
})

interface Told {
  readonly names: readonly string[]
}

/** A host with these files, which has served up to `acknowledged`; `looks`: what lies there at each look after the first. */
function taking(
  files: Files,
  acknowledged = '0000000100000002',
  { looks = [], ...more }: Partial<SetTaking> & { looks?: readonly Files[]; config?: Fact<EnsembleConfig> } = {},
) {
  const order: string[] = []
  let now = files
  const later = [...looks]
  let look = -1
  const host = fakeLocked('zk2', {
    'data-files': () => {
      look += 1
      now = look === 0 ? files : (later.shift() ?? now)
      return dataOf(now)
    },
    'backup-link': () => void order.push('held'),
    'backup-stream': (args) => {
      order.push('read')
      const sent = (args as Told).names.map((name) => [name, now[name] ?? none] as const)
      return packed(unpacked(Object.fromEntries(sent)))
    },
  })
  const asking: Asking = {
    config: () => (order.push('session'), Promise.resolve(more.config ?? present(config))),
    serving: () => (order.push('zxid'), Promise.resolve(present({ ...serving, zxid: acknowledged }))),
  }
  const slept: number[] = []
  const how: SetTaking = {
    host: host.locked,
    asking,
    at: { address: '10.0.0.2', port: 2180 },
    folder: 'backup.1',
    into: folder.at(),
    emit: () => undefined,
    sleep: (ms) => Promise.resolve(void slept.push(ms)),
    goOn: () => undefined,
    ...more,
  }
  const held = () => host.told.filter(({ name }) => name === 'backup-link').map(({ args }) => (args as Told).names)
  return { how, order, slept, held }
}

const log = logOf(0x100000001n, 0x100000002n)
const whole = Buffer.from('whole')
const half = Buffer.from('half')

test('the newest whole snapshot is taken with every log from it on; one that is half written is not, and nothing older', async () => {
  const { how, held } = taking({
    'snapshot.0': whole,
    'log.1': logOf(1n),
    'snapshot.100000000': whole,
    'log.100000001': log,
    'snapshot.100000002': half,
    'log.200000001': logOf(0x200000001n, 0x200000002n),
    currentEpoch: whole,
  })
  const { files, ...taken } = await takeSet(how)
  const names = ['snapshot.100000000', 'log.1', 'log.100000001', 'log.200000001']
  expect(held()).toEqual([names])
  expect(files.map(({ name }) => name)).toEqual(names)
  const epochs = { current: 1, accepted: 2 }
  expect(taken).toEqual({ zxid: '0000000200000002', acknowledged: '0000000100000002', epochs, config })
})

test('it is held on to before a session is opened, and read only after the zxid that it has to reach was asked for', async () => {
  const { how, order } = taking({ 'snapshot.0': whole, 'log.100000001': log })
  await takeSet(how)
  expect(order).toEqual(['held', 'session', 'zxid', 'read'])
})

test('a log that does not reach what the member had served is read again until it does', async () => {
  const files = { 'snapshot.0': whole, 'log.100000001': logOf(0x100000001n) }
  const { how, slept } = taking(files, '0000000100000002', { looks: [files, { ...files, 'log.100000001': log }] })
  expect((await takeSet(how)).zxid).toBe('0000000100000002')
  expect(slept).toHaveLength(2)
})

test('one that never does is no backup, after some tries', async () => {
  const { how, held } = taking({ 'snapshot.0': whole, 'log.100000001': log }, '0000000100000003')
  const got = 'its log ends at 0x0000000100000002, and it had served 0x0000000100000003'
  await expect(takeSet(how)).rejects.toMatchObject({ host: 'zk2', step: 'take the backup', got })
  expect(held()).toHaveLength(5)
})

test('a snapshot that is finished late is waited for; without any that is whole there is no backup', async () => {
  const late = taking({ 'snapshot.0': half }, '0000000000000000', { looks: [{ 'snapshot.0': whole }] })
  expect((await takeSet(late.how)).files).toHaveLength(1)
  const never = taking({ 'snapshot.0': half, 'log.100000001': log })
  await expect(takeSet(never.how)).rejects.toMatchObject({ got: 'no snapshot there is whole' })
  expect(never.held()).toEqual([])
})

test('a log that holds no transaction yet is left out, also of the folder', async () => {
  const { how } = taking({ 'snapshot.0': whole, 'log.100000001': log, 'log.100000003': header })
  const { files, zxid } = await takeSet(how)
  expect(files.map(({ name }) => name)).toEqual(['snapshot.0', 'log.100000001'])
  expect(readdirSync(folder.at()).sort()).toEqual(['log.100000001', 'snapshot.0'])
  expect(zxid).toBe('0000000100000002')
})

test('where the member or the run does not go on there is no backup', async () => {
  const why = new Failure({ step: 'ask', got: 'no answer', hint: '', exit: 4 })
  const files = { 'snapshot.0': whole, 'log.100000001': log }
  await expect(takeSet(taking(files, undefined, { config: unknown(why) }).how)).rejects.toBe(why)
  const interrupted = new Interrupted({ step: 'backup', got: 'Ctrl-C', hint: '' })
  const goOn = () => {
    throw interrupted
  }
  await expect(takeSet(taking(files, 'f'.repeat(16), { goOn }).how)).rejects.toBe(interrupted)
})

test('a replay that ends elsewhere than the set does is refused, on either side', () => {
  expect(() => sameEnd('zk2', '0000000100000002', '0000000100000002')).not.toThrow()
  for (const reached of ['0000000100000001', '0000000100000003']) {
    const got = `it reached 0x${reached}, and the backup ends at 0x0000000100000002`
    expect(() => sameEnd('zk2', reached, '0000000100000002')).toThrow(
      expect.objectContaining({ host: 'zk2', step: 'replay the backup', got, exit: 5 }) as Failure,
    )
  }
})

test('what is replayed is what came, with the options of the JVM that loading needs, in no more memory than a member has', async () => {
  const reached = '0000000100000002'
  const host = fakeLocked('zk2', { replay: () => reached })
  const [java, zookeeper] = ['java-aaaaaaaaaaaa', 'zookeeper-bbbbbbbbbbbb']
  const jvm = '-Xmx512m\n-Djute.maxbuffer=4194304\n-Dzookeeper.snapshot.trust.empty=true\n-Dother=1\n'
  const MiB = 2 ** 20
  const file = { name: 'log.100000001', size: 100 * MiB, sha256: 'ab' }
  const by = { java, zookeeper, jvm, heap: 512 * MiB, timeout: 60_000 }
  const extent = { bytes: 1, transactions: 1, first: reached, last: reached }
  expect(await replayOn(host.locked, 'tmp/x', [{ ...file, log: extent } as never], by)).toBe(reached)
  const options = ['-Djute.maxbuffer=4194304', '-Dzookeeper.snapshot.trust.empty=true']
  const args = { from: 'tmp/x', files: [file], java, zookeeper, heap: 512, options, patience: 70.486 }
  expect(host.told).toEqual([{ name: 'replay', args }])
})
