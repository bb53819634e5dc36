import { describe, expect, it } from 'vitest'
import { line, render, xml } from '../../../../src/hosts/desired/render.ts'
import { Failure } from '../../../../src/model/failure.ts'

describe('render', () => {
  it('fills in texts and numbers', () => {
    expect(render('a=<%= a %> b=<%= b.c %>', { a: 'x', b: { c: 1 } }, line)).toBe('a=x b=1')
  })
  it.each([
    ['a name that is not there', '<%= nope %>', {}],
    ['a property that is not there', '<%= a.nope %>', { a: {} }],
    ['null', '<%= a %>', { a: null }],
    ['an object', '<%= a %>', { a: {} }],
  ])('refuses %s', (_, template, values) => {
    expect(() => render(template, values, line)).toThrow(/nope is not defined|prints a value that is/)
  })
})

describe('xml', () => {
  it('escapes what has a meaning', () =>
    expect(xml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;'))
  it('refuses control characters', () => expect(() => xml('\u0000')).toThrow(Failure))
})

describe('line', () => {
  it('keeps what a JVM option may hold', () => expect(line('-Dx=a b"c\\$')).toBe('-Dx=a b"c\\$'))
  it.each(['a\nb', 'a\rb', ''])('refuses %j', (text) => expect(() => line(text)).toThrow(Failure))
})
