import { expect, test } from 'vitest'
import { readProperties } from '../../../../src/tree/source/properties.ts'

test('names nest at dots, values are text, and each knows its line', () => {
  const text = '# c\nspring.datasource.url = jdbc\\:x\n\nhosts[0].name: ü\nlong=a\\\n  b\nport=8080\n'
  expect(readProperties(text)).toEqual({
    keys: [
      { steps: ['spring', 'datasource', 'url'], text: 'jdbc:x', value: 'jdbc:x', isPlain: true, line: 2 },
      { steps: ['hosts', 0, 'name'], text: 'ü', value: 'ü', isPlain: true, line: 4 },
      { steps: ['long'], text: 'ab', value: 'ab', isPlain: true, line: 5 },
      { steps: ['port'], text: '8080', value: 8080, isPlain: true, line: 7 },
    ],
    faults: [],
  })
})

test.each([
  ['a=1\nb=2\na=3', [{ line: 3, what: '`a` is given twice' }]],
  ['a..b=1', [{ line: 1, what: 'the key `a..b` has an empty name' }]],
  ['=1', [{ line: 1, what: 'the key `` has an empty name' }]],
  ['ok=1\nbad=\\u12', [{ line: 2, what: 'a malformed \\u escape' }]],
])('%j', (text, faults) => expect(readProperties(text).faults).toEqual(faults))
