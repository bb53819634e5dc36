import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { assignments, plainPath, quote } from '../../../src/remote/quote.ts'

/** What POSIX sh makes of a word that has only '…' and \' in it. */
function unquoted(word: string): string {
  let text = ''
  let at = 0
  while (at < word.length) {
    if (word[at] === "'") {
      const end = word.indexOf("'", at + 1)
      if (end === -1) throw new Error('open quote')
      text += word.slice(at + 1, end)
      at = end + 1
    } else if (word.startsWith("\\'", at)) {
      text += "'"
      at += 2
    } else throw new Error(`bare ${String(word[at])}`)
  }
  return text
}

const values = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'))
const hostile = fc.oneof(
  values,
  fc.array(fc.constantFrom("'", '"', '\\', '$', '`', '\n', ';', '!', 'a', ' ')).map((all) => all.join('')),
)

describe('quote', () => {
  it('makes one word that stands for the very value, whatever is in it', () => {
    fc.assert(fc.property(hostile, (value) => unquoted(quote(value)) === value))
  })

  it('refuses NUL', () => {
    expect(() => quote('a\0b')).toThrow(Failure)
  })
})

describe('assignments', () => {
  it('gives each variable a line of its own', () => {
    expect(assignments({ one: "it's", two_2: '' })).toBe("one='it'\\''s'\ntwo_2=''\n")
  })

  it.each(['PATH', 'a b', '', '1a', 'a;b', 'a=b', 'a\nb', 'IFS'])('knows no variable %j', (name) => {
    expect(() => assignments({ [name]: '' })).toThrow('not a variable')
  })
})

describe('plainPath', () => {
  it.each(['dman', 'apps/dman', 'a.b_c-d/1', '.hidden', '...'])('lets %s pass', (path) => {
    expect(plainPath(path)).toBe(path)
  })

  it.each([
    '',
    '/',
    '/etc',
    'a//b',
    'a/',
    '../a',
    'a/../b',
    './a',
    '-rf',
    'a/-rf',
    'a b',
    "a'b",
    'a$b',
    'a\nb',
    'a\n',
    'ü',
  ])('refuses %j', (path) => {
    expect(() => plainPath(path)).toThrow(Failure)
  })
})
