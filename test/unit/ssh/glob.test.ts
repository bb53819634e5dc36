import fc from 'fast-check'
import { expect, test } from 'vitest'
import { globMatches, listed } from '../../../src/ssh/glob.ts'

test('a pattern matches patterns as a regular expression would', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '.')
  const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 12 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), text, (pattern, name) => {
      const same = pattern.map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one === '.' ? '\\.' : one)).join('')
      expect(globMatches(pattern.join(''), name)).toBe(new RegExp(`^${same}$`).test(name))
    }),
  )
})

test('a list needs a pattern that matches and no negated one that does', () => {
  expect(listed(['zk*', '!zk2'], 'zk1')).toBe(true)
  expect(listed(['zk*', '!zk2'], 'zk2')).toBe(false)
  expect(listed(['!zk2'], 'zk1')).toBe(false)
  expect(listed([], 'zk1')).toBe(false)
})
