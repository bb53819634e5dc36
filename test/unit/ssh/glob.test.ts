import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileMatches, globMatches, listed } from '../../../src/ssh/glob.ts'

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

test.each([
  ['[0-9]*.conf', ['1.conf', '42.conf'], ['a.conf', '.conf']],
  ['[!a]', ['b', '!'], ['a', '']],
  ['[^a-c]x', ['dx'], ['ax', 'bx', 'x']],
  ['[]a]', [']', 'a'], ['[', '[]a]']],
  ['[a-]', ['a', '-'], ['b']],
  ['[[:digit:]x]?', ['1a', 'xx'], ['da', ':a']],
  ['[a', ['[a'], ['a']],
  ['\\*\\[a]', ['*[a]'], ['x[a]', '*a']],
])('files by %s', (pattern, hits, misses) => {
  expect([...hits, ...misses].filter((name) => fileMatches(pattern, name))).toEqual(hits)
})
