import { expect, test } from 'vitest'
import { isRecord } from '../../../src/model/record.ts'

test('a record is an object, and nothing else that JSON has', () => {
  expect([{}, { a: 1 }].every(isRecord)).toBe(true)
  expect([null, undefined, [], [{}], 'text', 1, true].some(isRecord)).toBe(false)
})
