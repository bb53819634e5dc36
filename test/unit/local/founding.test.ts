import { expect, test } from 'vitest'
import { foundingOf } from '../../../src/local/founding.ts'

const record = { format: 1, id: 'abc', hosts: ['zk1'], begun_at: '2026-01-01T00:00:00.000Z', state: 'begun' }

test('a record of a founding', () => {
  expect(foundingOf(record)).toEqual({ id: 'abc', hosts: ['zk1'], begunAt: '2026-01-01T00:00:00.000Z', state: 'begun' })
})

test('its addresses and home, where they are recorded', () => {
  const more = { addresses: { zk1: '10.0.0.1' }, home: 'dman' }
  expect(foundingOf({ ...record, ...more })).toMatchObject(more)
  expect(foundingOf({ ...record, addresses: [1], home: 2 })).not.toHaveProperty('addresses')
})

test.each([{ id: 1 }, { hosts: 'zk1' }, { hosts: [1] }, { begun_at: undefined }, { state: 'ended' }])(
  'none with %j',
  (part) => expect(foundingOf({ ...record, ...part })).toBeUndefined(),
)
