import { expect, test } from 'vitest'
import { foundingConflicts, ownershipOf } from '../../../src/hosts/ownership.ts'
import { absent, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import type { DataFacts } from '../../../src/remote/host-facts.ts'

const owner = { ensemble: 'dman', host: 'zk1', id: 1 }
const stamp = { ...owner, founding: 'f1' }
const data = (more: Partial<DataFacts> = {}): DataFacts => ({
  is: 'held',
  stamp: present(stamp),
  myid: present('1'),
  initialize: false,
  started: true,
  ...more,
})
const unread = unknown(new Failure({ step: 'observe', got: 'permission denied', hint: 'look there', exit: 5 }))

test.each([
  ['own', data()],
  ['own', data({ myid: absent })],
  ['nobody', data({ is: 'empty', stamp: absent, myid: absent })],
  ['unstamped', data({ stamp: absent })],
  ['unknown', data({ stamp: unread })],
  ['unknown', data({ is: 'empty', stamp: absent, myid: unread })],
  ['ensemble', data({ stamp: present({ ...stamp, ensemble: 'other' }) })],
  ['member', data({ stamp: present({ ...stamp, host: 'zk2' }) })],
  ['member', data({ stamp: present({ ...stamp, id: 2 }) })],
  ['member', data({ myid: present('2') })],
])('case 18: %s', (is, held) => expect(ownershipOf(owner, held).is).toBe(is))

test('case 18: foundings are compared with the record, else with each other, and then all are named', () => {
  const both = [
    { host: 'zk1', founding: 'f1' },
    { host: 'zk2', founding: 'f2' },
  ]
  expect(foundingConflicts(both, present('f1')).map(({ host }) => host)).toEqual(['zk2'])
  expect(foundingConflicts(both, absent).map(({ host }) => host)).toEqual(['zk1', 'zk2'])
  expect(foundingConflicts(both.slice(0, 1), absent)).toEqual([])
})
