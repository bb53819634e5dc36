import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distance, nearest } from '../../../src/inventory/suggest.ts'

test.each([
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['tickTme', 'tickTime', 1],
  ['hots', 'host', 1],
  ['kitten', 'sitting', 3],
])('%j and %j are %d apart', (a, b, far) => expect(distance(a, b)).toBe(far))

test('a distance is the same both ways, and nought only for the same word', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a))
      expect(distance(a, b) === 0).toBe(a === b)
    }),
  )
})

test('the nearest word is found, whatever its case and dashes, and none where none is near', () => {
  expect(nearest('knownhosts', ['known_hosts', 'host'])).toBe('known_hosts')
  expect(nearest('TICKTIME', ['tickTime'])).toBe('tickTime')
  expect(nearest('flurb', ['ensemble', 'home'])).toBeUndefined()
  expect(nearest('x', ['y'])).toBe('y')
})
