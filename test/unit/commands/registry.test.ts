import { expect, test } from 'vitest'
import { commands } from '../../../src/commands/registry.ts'
import { refuseHosts } from '../../../src/commands/shared/run/arguments.ts'

test('--hosts is refused by what takes all hosts, or none, and by nothing else', () => {
  const refused = Object.entries(commands).flatMap(([name, { noHosts }]) => (noHosts === undefined ? [] : [name]))
  expect(refused.sort()).toEqual([
    ...['repair', 'restore', 'secrets protect', 'secrets recover', 'secrets rotate'],
    ...['seed', 'tree import', 'tree rollback'],
  ])
})

test('where it is refused that is bad usage, with the reason', () => {
  const given = { hosts: ['zk1'] }
  expect(() => refuseHosts({ noHosts: 'all are taken' }, given)).toThrow(
    expect.objectContaining({ got: '--hosts was given', hint: 'all are taken', exit: 3 }),
  )
  refuseHosts({ noHosts: 'all are taken' }, {})
  refuseHosts({}, given)
})
