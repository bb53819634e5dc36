import { expect, it } from 'vitest'
import { breakLocks, shownLocks, unknownLocks } from '../../../../src/hosts/lock/show.ts'
import type { Emit } from '../../../../src/model/event.ts'
import { type Fact, present, unknown } from '../../../../src/model/fact.ts'
import { Failure } from '../../../../src/model/failure.ts'
import { remoteOf } from '../../../../src/remote/call.ts'
import type { HostFacts } from '../../../../src/remote/host-facts.ts'
import { fakeConnection, markIn, type Said } from '../../remote/fake-connection.ts'
import { holder, host, lockFacts } from '../build.ts'

it('shows each lock with its holder, since when, and whether it is dead', () => {
  const facts = [
    host(1).with({ lock: present(lockFacts()) }).facts,
    host(2).with({ lock: present(lockFacts({ boot: 'boot-2', age: 16.4, token: 'old' })) }).facts,
    host(3).facts,
  ]
  const lost = unknown(new Failure({ step: 'observe', got: 'lost', hint: '' }))
  const all = new Map<string, Fact<HostFacts>>([
    ...facts.map((one) => [one.host, present(one)] as const),
    ['zk4', lost] as const,
  ])
  const held = 'held by ann@laptop (pid 17) since 2023-11-14 22:13:20 UTC'
  expect(shownLocks(all, holder('mine'))).toEqual([
    { host: 'zk1', token: 'theirs', state: 'live', words: `${held}, last heartbeat 2 s ago, live` },
    { host: 'zk2', token: 'old', state: 'dead', words: `${held}, last heartbeat 16 s ago, dead` },
  ])
  expect(unknownLocks(all)).toMatchObject([{ host: 'zk4', got: 'lost' }])
})

it('takes each away on its own, audited, and tells of the host where it could not', async () => {
  const told: Parameters<Emit>[0][] = []
  const emit: Emit = (event) => void told.push(event)
  const answering = (name: string, answer: (said: Said) => void) =>
    remoteOf({ ...fakeConnection(answer), host: name }, { home: 'dman', emit })
  const gone = answering('zk1', ({ end }) => end({ is: 'signalled', signal: 'KILL' }))
  const broken = answering('zk2', ({ stdin, channel }) => {
    const mark = markIn(stdin())
    channel.stdout.write(`\n${mark} begin\n\n${mark} broken\nyes\n${mark} end 0\n`)
  })
  const lock = { token: 'ab', state: 'live', words: 'held by ann' } as const
  const locks = ['zk1', 'zk2', 'zk3'].map((name) => ({ ...lock, host: name }))
  const { hosts, failures } = await breakLocks([gone, broken], locks, emit)
  expect(hosts).toEqual(['zk2'])
  expect(failures).toMatchObject([{ host: 'zk1', step: 'remove the lock', exit: 4 }])
  const shown = told.map((event) => [event.task, event.is, 'outcome' in event ? event.outcome : ''])
  expect(shown).toEqual(
    expect.arrayContaining([
      ['lock/zk1', 'begun', ''],
      ['lock/zk1', 'ended', 'unknown'],
      ['lock/zk2', 'begun', ''],
      ['lock/zk2', 'ended', 'done'],
    ]),
  )
  expect(told.flatMap((event) => (event.is === 'call' ? [event.changes] : []))).toEqual([true, true])
})
