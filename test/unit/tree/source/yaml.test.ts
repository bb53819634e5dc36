import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { pathOf } from '../../../../src/tree/source/key.ts'
import { readYaml } from '../../../../src/tree/source/yaml.ts'

const read = (text: string) => {
  const { keys, faults } = readYaml(text)
  return faults.length > 0
    ? faults.map(({ line, what }) => `${line}: ${what}`)
    : Object.fromEntries(keys.map(({ steps, text }) => [pathOf(steps, '.'), text]))
}

test('values are the text as written; a schema sees their types', () => {
  const text = `text: plain words
quoted: "1.10"
single: 'it''s'
version: 1.10
port: 0x1f
octal: 010
big: 12345678901234567890
float: 1e3
yes: yes
flag: True
date: 2001-01-01
time: 12:30:45
empty:
tilde: ~
nothing: null
emptyText: ""
comment: a#b # not this
`
  expect(read(text)).toEqual({
    text: 'plain words',
    quoted: '1.10',
    single: "it's",
    version: '1.10',
    port: '0x1f',
    octal: '010',
    big: '12345678901234567890',
    float: '1e3',
    yes: 'yes',
    flag: 'True',
    date: '2001-01-01',
    time: '12:30:45',
    empty: '',
    tilde: '',
    nothing: '',
    emptyText: '',
    comment: 'a#b',
  })
  const values: unknown = Object.fromEntries(readYaml(text).keys.map(({ steps, value }) => [steps[0], value] as const))
  expect(values).toMatchObject({
    quoted: '1.10',
    version: 1.1,
    port: 31,
    yes: 'yes',
    flag: true,
    date: '2001-01-01',
    tilde: null,
  })
})

test('texts of several lines are without their indentation, ended as YAML says', () => {
  const text = `literal: |
  one
    two
folded: >-
  one
  two
kept: |+
  x

plain: one
  two
`
  expect(read(text)).toEqual({ literal: 'one\n  two\n', folded: 'one two', kept: 'x\n\n', plain: 'one two' })
  expect(readYaml(text).keys.map(({ line }) => line)).toEqual([2, 5, 8, 10])
})

test('what nests; lists; keys as written', () => {
  const text = `db:
  url: x
  hosts: [a, { name: b }, [c]]
  none: []
  nobody: {}
1: one
true: t
"a b": c
a.b: dotted
`
  expect(read(text)).toEqual({
    'db.url': 'x',
    'db.hosts[0]': 'a',
    'db.hosts[1].name': 'b',
    'db.hosts[2][0]': 'c',
    'db.none': '',
    'db.nobody': '',
    '1': 'one',
    true: 't',
    'a b': 'c',
    'a.b': 'dotted',
  })
})

test('anchors stand for what they name, and a mapping’s own keys go before merged ones', () => {
  const text = `base: &base { a: 1.0, b: 2 }
more: &more { b: 3, c: 4 }
copy: *base
one: { <<: *base, b: own }
two: { <<: [*more, *base] }
`
  expect(read(text)).toMatchObject({
    'copy.a': '1.0',
    'one.a': '1.0',
    'one.b': 'own',
    'two.a': '1.0',
    'two.b': '3',
    'two.c': '4',
  })
})

test.each([
  ['', {}],
  ['# nothing\n', {}],
  ['---\n~\n', {}],
  ['- a\n', ['1: its top is no mapping']],
  ['x\n', ['1: its top is no mapping']],
  ['a: 1\nb: 2\na: 3\n', ['3: a key is given twice']],
  ['a: 1\n---\nb: 2\n', ['2: not YAML: Source contains multiple documents; please use YAML.parseAllDocuments()']],
  ['a: [1\n', ['2: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]']],
  ['a: !secret x\n', ['1: not YAML: Unresolved tag: !secret']],
  ['a: !!binary aGk=\n', ['1: the tag tag:yaml.org,2002:binary is not known']],
  ['? [a, b]\n: c\n', ['1: a key must be a plain word']],
  ['"": x\n', ['1: an empty key']],
  ['a: *none\n', ['1: `*none` stands for nothing']],
  ['a: !!int "3"\n', { a: '3' }],
  ['a: &a { b: *a }\n', ['1: an alias leads into itself']],
  ['a: &a\n  <<: *a\n', ['2: a mapping merges itself']],
  ['a: { <<: 1 }\n', ['1: only mappings can be merged']],
])('%j', (text, expected) => expect(read(text)).toEqual(expected))

test('an alias of aliases ends, and so does what goes too deep', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`)
  expect(readYaml(`l0: &l0 [x]\n${levels.join('\n')}\n`).faults.map(({ what }) => what)).toEqual([
    'more than 250000 values',
  ])
  expect(readYaml(`a: ${'['.repeat(100_000)}`).faults).not.toEqual([])
})

const ninefold = (first: string, next: (of: string) => string): string => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} ${next(`[${`*l${i},`.repeat(9)}]`)}`)
  return `l0: &l0 ${first}\n${levels.join('\n')}\n`
}

test('merges of merges end, each mapping read once; so do aliases that lead to no values at all', () => {
  const { keys, faults } = readYaml(ninefold('{ x: 1 }', (all) => `{ <<: ${all} }`))
  expect(faults).toEqual([])
  expect(keys.map(({ steps, text }) => [pathOf(steps, '.'), text])).toEqual(
    Array.from({ length: 13 }, (_, i) => [`l${i}.x`, '1']),
  )
  const refused = readYaml(ninefold('!!binary aGk=', (all) => all)).faults.map(({ what }) => what)
  expect(new Set(refused)).toEqual(
    new Set(['the tag tag:yaml.org,2002:binary is not known', 'its aliases or merges lead to too much']),
  )
  const chain = Array.from({ length: 2000 }, (_, i) => `l${i}: &l${i} { ${i > 0 ? `<<: *l${i - 1},` : ''} k${i}: 1 }`)
  expect(readYaml(chain.join('\n')).faults.map(({ what }) => what)).toEqual(['more than 250000 values'])
})

test('what a YAML writer writes is read as the same', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => text !== '<<')
  const value = fc.string({ unit: 'grapheme', maxLength: 30 })
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (object) => {
      const { keys, faults } = readYaml(stringify(object))
      expect(faults).toEqual([])
      expect(keys.map(({ steps, text }) => [steps[0], text])).toEqual(Object.entries(object))
    }),
  )
})
