import { expect, test } from 'vitest'
import { ConfigProblem } from '../../../src/ssh/config-lines.ts'
import { expand } from '../../../src/ssh/config-tokens.ts'

const tokens = { h: '10.0.0.11', r: 'ann' }

test('tokens and, where they may stand, variables are filled in, once', () => {
  expect(expand('%h-%r-%%h', tokens)).toBe('10.0.0.11-ann-%h')
  expect(expand('${DIR}/%h', tokens, { DIR: '/%r' })).toBe('/%r/10.0.0.11')
  expect(expand('${DIR}/%h', tokens)).toBe('${DIR}/10.0.0.11')
})

test.each(['%C', '%', '%constructor', '${NONE}'])('%o leaves no hole', (text) => {
  expect(() => expand(text, tokens, {})).toThrow(ConfigProblem)
})
