import { expect, test } from 'vitest'
import { codeOf, parseRecord } from '../../../src/local/state.ts'

test('a record is a JSON object, nothing else', () => {
  expect(parseRecord('{"format":1}')).toEqual({ format: 1 })
  expect(['', '[]', 'null', '1', '{', '"x"'].map(parseRecord)).toEqual(Array.from({ length: 6 }))
})

test('an error is told by its code where it has one', () => {
  expect(codeOf(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe('ENOSPC')
  expect(codeOf(new Error('other'))).toBe('other')
})
