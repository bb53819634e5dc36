import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProperties, propertyValue } from '../../../src/zookeeper/properties.ts'
import { valueOf } from '../value-of.ts'

// Each answer is what java.util.Properties (17) gives.
const asJava: readonly [string, Record<string, string>][] = [
  ['a=1\r\nb:2\rc 3\n\n# x\n! y\n  d\t=  4 ', { a: '1', b: '2', c: '3', d: '4 ' }],
  ['a = = 1', { a: '= 1' }],
  ['a\\ b\\=c\\:d=e\\\\', { 'a b=c:d': 'e\\' }],
  ['long = one, \\\n   two, \\\r\n\tthree', { long: 'one, two, three' }],
  ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
  ['a=1\\', { a: '1' }],
  ['a=1\\\n\nb=2', { a: '1', b: '2' }],
  ['a=1\\\n#b=2', { a: '1#b=2' }],
  ['\\\n#a=1\nb=2', { b: '2' }],
  ['\\\n\nb=2', { b: '2' }],
  ['#a \\\nb=2', { b: '2' }],
  ['key', { key: '' }],
  ['=value', { '': 'value' }],
  ['a=\\u00e4\\t\\n\\q', { a: 'ä\t\nq' }],
  ['a=1\na=2', { a: '2' }],
  ['\\#a=1', { '#a': '1' }],
  ['\\', { '': '' }],
  ['a=1\\\n', { a: '1' }],
  ['', {}],
]

describe('properties', () => {
  test.each(asJava)('%j reads as Java reads it', (text, expected) => {
    expect(Object.fromEntries(valueOf(parseProperties(text)) ?? [['unknown', '']])).toEqual(expected)
  })

  test('what Java refuses is unknown', () => {
    for (const text of ['a=\\u12', 'a=\\uxyzw', '\\u1=2']) expect(parseProperties(text).is).toBe('unknown')
    expect(valueOf(parseProperties('a=\\\\u12'))).toEqual(new Map([['a', '\\u12']]))
  })

  test('everything comes back, and in ASCII', () => {
    const unit = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) })
    const tricky = fc.string({
      unit: fc.constantFrom('\\', ' ', '\t', '\f', '\n', '\r', '=', ':', '#', '!', 'u', 'é', 'a'),
    })
    const text = fc.oneof(unit, tricky)
    fc.assert(
      fc.property(text, (value) => {
        const written = `key=${propertyValue(value)}\n`
        expect(written).toMatch(/^[ -~]*\n$/)
        expect(valueOf(parseProperties(written))).toEqual(new Map([['key', value]]))
      }),
    )
  })

  test.each([
    ['plain words = : #', 'plain words = : #'],
    ['[fd00::1]:2889:3889:participant;[fd00::1]:2180', '[fd00::1]:2889:3889:participant;[fd00::1]:2180'],
    ['super:Rk8b/3==', 'super:Rk8b/3=='],
    [' leading', '\\ leading'],
    ['back\\slash', 'back\\\\slash'],
    ['two\nlines', 'two\\nlines'],
    ['ümlaut', '\\u00fcmlaut'],
    ['😀', '\\ud83d\\ude00'],
  ])('writes %j', (text, written) => expect(propertyValue(text)).toBe(written))

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseProperties(text).is !== 'absent'))
  })
})
