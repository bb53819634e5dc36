import { expect, test } from 'vitest'
import { readEnv } from '../../../../src/tree/source/env.ts'

test('a .env file', () => {
  const text = `# comment
PLAIN=some words  # and not this
export EXPORTED=1
HASH=a#b
EMPTY=
 SPACED = x
SINGLE='as $it \\n is' # c
DOUBLE="two\\nlines \\"q\\" \\\\ $X"
LONG="one
two"
URL=http://x/?a=b
`.replaceAll('\n', '\r\n')
  const { keys, faults } = readEnv(text)
  expect(faults).toEqual([])
  expect(keys.map(({ steps, text, line }) => [steps[0], text, line])).toEqual([
    ['PLAIN', 'some words', 2],
    ['EXPORTED', '1', 3],
    ['HASH', 'a#b', 4],
    ['EMPTY', '', 5],
    ['SPACED', 'x', 6],
    ['SINGLE', 'as $it \\n is', 7],
    ['DOUBLE', 'two\nlines "q" \\ $X', 8],
    ['LONG', 'one\ntwo', 9],
    ['URL', 'http://x/?a=b', 11],
  ])
  expect(keys.map(({ value }) => value)).toContain(1)
})

test.each([
  ['A=1\nA=2', [{ line: 2, what: '`A` is given twice' }]],
  ['A\nB=1', [{ line: 1, what: 'it is not NAME=VALUE' }]],
  ['1A=x', [{ line: 1, what: 'it is not NAME=VALUE' }]],
  ['A="x\nB=1', [{ line: 1, what: 'a quote that is not closed, or more behind it' }]],
  ["A='x'y", [{ line: 1, what: 'a quote that is not closed, or more behind it' }]],
])('%j', (text, faults) => expect(readEnv(text).faults).toEqual(faults))
