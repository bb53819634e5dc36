import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matcher, patternProblem } from '../../../src/model/pattern.ts'

test.each([
  ['db/password', ['db/password'], ['db', 'db/password/x', 'x/db/password']],
  ['db/**', ['db', 'db/a', 'db/a/b'], ['dbs', '']],
  ['**/password', ['password', 'a/password', 'a/b/password'], ['password/x', 'apassword']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z', 'a/z/z'], ['a', 'z', 'a/zz']],
  ['*', ['a', '.hidden', 'ü b'], ['', 'a/b']],
  ['**', ['', 'a', 'a/b'], []],
  ['/', [''], ['a']],
  ['/a', ['a'], ['/a', 'b']],
  ['a*c/*.yml', ['ac/.yml', 'abbc/x.yml'], ['abcd/x.yml', 'ac/x/y.yml']],
  ['hosts[0]/n?m.e', ['hosts[0]/n?m.e'], ['hosts0/name', 'hosts[0]/namxe']],
  ['**/a/**/a/**', ['a/a', 'x/a/y/a/z'], ['a', 'x/a/y']],
])('%s', (pattern, hits, misses) => {
  const matches = matcher(pattern)
  expect(hits.filter((path) => !matches(path))).toEqual([])
  expect(misses.filter(matches)).toEqual([])
})

/** What a pattern means, told as plainly as can be, and slowly. */
function plainly(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '**') return plainly(rest, path) || (path.length > 0 && plainly(pattern, path.slice(1)))
  const [name, ...below] = path
  const literal = first.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return name !== undefined && new RegExp(`^${literal.join('.*')}$`, 's').test(name) && plainly(rest, below)
}

test('it is what its plain meaning says', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '[', '\n'), minLength: 1, maxLength: 4 })
  const part = fc.oneof(name, fc.constant('**'), fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 5 }))
  const whole = part.filter((text) => text !== '' && (text === '**' || !text.includes('**')))
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 6 }), fc.array(name, { maxLength: 6 }), (pattern, path) => {
      expect(matcher(pattern.join('/'))(path.join('/'))).toBe(plainly(pattern, path))
    }),
    { numRuns: 2000 },
  )
})

test('one made to be slow is not', () => {
  const began = performance.now()
  expect(matcher(`${'**/a/'.repeat(20)}z`)('a/'.repeat(1000) + 'b')).toBe(false)
  expect(matcher(`${'*a'.repeat(20)}z`)('a'.repeat(1000) + 'b')).toBe(false)
  expect(performance.now() - began).toBeLessThan(500)
})

test.each([
  ['a//b', 'an empty name'],
  ['a/', 'an empty name'],
  ['../a', 'the name ..'],
  ['a**', '`**` stands for whole names: it has no letters beside it'],
  ['a/\u0007', 'the character U+0007 in a name'],
  ['zookeeper', undefined],
  ['', undefined],
])('%j as a pattern: %s', (pattern, problem) => expect(patternProblem(pattern)).toBe(problem))
