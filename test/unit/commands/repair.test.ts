import { expect, test } from 'vitest'
import { repair, type RepairOptions } from '../../../src/commands/repair.ts'
import type { Run } from '../../../src/commands/shared/run.ts'

test('--hosts beside the host to repair is refused before anything is read', () =>
  expect(repair({ options: { host: 'zk1', hosts: ['zk2'] } } as unknown as Run<RepairOptions>)).rejects.toMatchObject({
    got: '--hosts was given',
    exit: 3,
  }))
