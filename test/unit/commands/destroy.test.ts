import { expect, test } from 'vitest'
import { isGone } from '../../../src/commands/destroy.ts'

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
