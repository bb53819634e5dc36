import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJson } from '../../../../src/tree/source/json.ts'
import { type Keys, pathOf } from '../../../../src/tree/source/key.ts'

const read = ({ keys, faults }: Keys) =>
  faults.length > 0
    ? faults.map(({ line, what }) => `${line}: ${what}`)
    : Object.fromEntries(keys.map(({ steps, text }) => [pathOf(steps, '/'), text]))

test('numbers as written, null as nothing', () => {
  const text = `{
  "version": 1.10, "big": 12345678901234567890, "exp": 1E+3,
  "text": "a\\n\\u00fc\\ud83d\\ude00\\/", "yes": true, "none": null,
  "db": { "hosts": ["a", {"b": [2]}], "no": [], "nothing": {} }
}`
  expect(read(readJson(text))).toEqual({
    version: '1.10',
    big: '12345678901234567890',
    exp: '1E+3',
    text: 'a\nü😀/',
    yes: 'true',
    none: '',
    'db/hosts[0]': 'a',
    'db/hosts[1]/b[0]': '2',
    'db/no': '',
    'db/nothing': '',
  })
  expect(readJson(text).keys.map(({ line }) => line)).toEqual([2, 2, 2, 3, 3, 3, 4, 4, 4, 4])
})

test.each([
  ['{}', {}],
  [' \n[1]', ['2: not JSON: its top is no object']],
  ['', ['1: not JSON: its top is no object']],
  ['{"a": 1,\n "a": 2}', ['2: `a` is given twice']],
  ['{"": 1}', ['1: an empty key']],
  ['{"a": 1,}', ['1: not JSON: a name in double quotes should be here']],
  ['{"a": 01}', ['1: not JSON: , or } should be here']],
  ['{"a"\n: "x\ty"}', ['2: not JSON: a value should be here']],
  ['{"a": [1 2]}', ['1: not JSON: , or ] should be here']],
  ['{"a": 1} x', ['1: not JSON: there is more behind its end']],
  [`{"a": ${'['.repeat(100_000)}`, ['1: not JSON: nested more than a thousand times']],
])('%j', (text, expected) => expect(read(readJson(text))).toEqual(expected))

/** The keys of a value, by JSON.parse. */
function* leaves(value: unknown, steps: (string | number)[]): Generator<[(string | number)[], unknown]> {
  if (Array.isArray(value) && value.length > 0)
    for (const [at, item] of value.entries()) yield* leaves(item, [...steps, at])
  else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    for (const [name, part] of Object.entries(value)) yield* leaves(part, [...steps, name])
  else yield [steps, value]
}

test('it reads what JSON.parse reads', () => {
  const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !JSON.stringify(json).includes('"":'))
  fc.assert(
    fc.property(fc.array(value), fc.constantFrom(undefined, 1, '\t'), (items, space) => {
      const text = JSON.stringify({ items }, null, space)
      const { keys, faults } = readJson(text)
      expect(faults).toEqual([])
      const order = (all: [unknown, unknown][]) => all.map((each) => JSON.stringify(each)).sort()
      expect(order(keys.map(({ steps, value }) => [steps, value]))).toEqual(order([...leaves(JSON.parse(text), [])]))
    }),
  )
})

test('whatever else it is given, it takes only what JSON.parse takes', () => {
  const text = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', '"', 'a', ':', ',', '1', '0', '-', '.', 'e', ' ', '\n', '\\'),
  })
  fc.assert(
    fc.property(text, (inner) => {
      const whole = `{"a":${inner}}`
      const isJson = (() => {
        try {
          JSON.parse(whole)
          return true
        } catch {
          return false
        }
      })()
      const { faults } = readJson(whole)
      expect(faults.some(({ what }) => what.startsWith('not JSON'))).toBe(!isJson)
    }),
    { numRuns: 2000 },
  )
})
