import { expect, test } from 'vitest'
import { restore, type RestoreOptions } from '../../../src/commands/restore.ts'
import type { Run } from '../../../src/commands/shared/run/run.ts'

const asked = (options: Partial<Run<RestoreOptions>['options']>) =>
  restore({ options: { undo: false, ...options } } as Run<RestoreOptions>)

test.each([
  ['neither', {}],
  ['both', { file: 'dman.backup.tar.gz', undo: true }],
])('a restore takes either a file or --undo: %s is bad usage', (_, options) =>
  expect(asked(options)).rejects.toMatchObject({ step: 'read the arguments', exit: 3 }),
)
