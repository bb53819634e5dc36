import { expect, test } from 'vitest'
import { fileTime } from '../../../../../src/commands/shared/run/file-time.ts'

test('the time in a file’s name is UTC, and nothing in it needs quoting', () =>
  expect(fileTime(Date.UTC(2026, 0, 31, 9, 30, 5, 999))).toBe('20260131T093005Z'))
