import { expect, test } from 'vitest'
import { sinceOf } from '../../../../../src/commands/shared/run/since.ts'

test.each([
  ['90s', { is: 'ago', seconds: 90 }],
  ['10m', { is: 'ago', seconds: 600 }],
  ['1h30m', { is: 'ago', seconds: 5400 }],
  ['2d', { is: 'ago', seconds: 172_800 }],
  ['2026-01-31', { is: 'local', text: '2026-01-31 00:00:00' }],
  ['2026-01-31 09:30', { is: 'local', text: '2026-01-31 09:30:00' }],
  ['2026-01-31T09:30:05.123', { is: 'local', text: '2026-01-31 09:30:05' }],
  ['2026-01-31T09:30:05Z', { is: 'instant', epoch: 1769851805 }],
  ['2026-01-31T10:30:05+0100', { is: 'instant', epoch: 1769851805 }],
  ['2026-01-31T10:30:05+01:00', { is: 'instant', epoch: 1769851805 }],
])('%s', (text, since) => {
  expect(sinceOf(text)).toEqual(since)
})

test.each([
  '',
  'soon',
  '10',
  'm',
  '10 m',
  '-10m',
  '10m!',
  '2026-1-31',
  '2026-02-30',
  '2026-01-31T25:00',
  '09:30',
  "'; x",
])('%j is no time', (text) => {
  expect(sinceOf(text)).toBeUndefined()
})
