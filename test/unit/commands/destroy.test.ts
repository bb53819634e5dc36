import { expect, test } from 'vitest'
import { isGone, removeAll } from '../../../src/commands/destroy.ts'
import type { Emit } from '../../../src/model/event.ts'
import { Failure, OutcomeUnknown } from '../../../src/model/failure.ts'
import { type Answers, fakeLocked } from '../hosts/fake-locked.ts'

const record = { id: 'f1', hosts: ['zk1', 'zk2'], state: 'done' } as const
const stampsOf = (founding: string, ...hosts: string[]) => ({
  stamps: new Map(hosts.map((host) => [host, { ensemble: 'dman', founding, host, id: 1 }])),
})

test.each([
  ['all hosts confirmed it', true, ['zk1', 'zk2', 'zk3'], stampsOf('f1', 'zk1', 'zk2'), ['zk1', 'zk2']],
  ['one did, the other held nothing', true, ['zk1', 'zk2'], stampsOf('f1', 'zk1'), ['zk1']],
  ['one did, another inventory', false, ['zk1', 'zk3'], stampsOf('f1', 'zk1'), ['zk1']],
  ['nothing was removed', false, ['zk1', 'zk2'], stampsOf('f1'), []],
  ['what was removed was of another founding', false, ['zk1', 'zk2'], stampsOf('f2', 'zk1', 'zk2'), ['zk1', 'zk2']],
])('the data of a founding is known to be gone: %s', (_, is, inventory, planned, hosts) =>
  expect(isGone(record, inventory, planned, { hosts })).toBe(is),
)

test('a host that fails, or is lost, is told as ended too, and the others are removed', async () => {
  const events: Parameters<Emit>[0][] = []
  const lost = new OutcomeUnknown({ step: 'remove', got: 'connection lost', hint: '' })
  const answers: Record<string, Answers> = {
    zk1: { remove: () => ['data'] },
    zk2: { remove: () => Promise.reject(new Failure({ step: 'remove', got: 'no room', hint: '' })) },
    zk3: { crontab: () => Promise.reject(lost) },
  }
  const lock = { of: (host: string) => Promise.resolve(fakeLocked(host, answers[host] ?? {}).locked) }
  const run = { emit: (event: Parameters<Emit>[0]) => void events.push(event), options: { data: false } }
  const { hosts, failures } = await removeAll(run, lock, {
    held: ['zk1', 'zk2', 'zk3'],
    stamps: new Map(),
    boots: new Map(),
  })
  expect([hosts, failures.map(({ got }) => got)]).toEqual([['zk1'], ['no room', 'connection lost']])
  expect(events.filter(({ is }) => is === 'begun').map(({ task }) => task)).toEqual([
    'hosts/zk1',
    'hosts/zk2',
    'hosts/zk3',
  ])
  expect(new Map(events.flatMap((event) => (event.is === 'ended' ? [[event.task, event.outcome]] : [])))).toEqual(
    new Map([
      ['hosts/zk1', 'done'],
      ['hosts/zk2', 'failed'],
      ['hosts/zk3', 'unknown'],
    ]),
  )
})
