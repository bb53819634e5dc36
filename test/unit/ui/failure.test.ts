import { expect, test } from 'vitest'
import { Failure } from '../../../src/model/failure.ts'
import { failureLines } from '../../../src/ui/failure.ts'

const plain = (_: unknown, text: string) => text
const got = 'what came back'

test.each([
  [
    { host: 'zk1', step: 'connect to 10.0.0.1:22', hint: 'wait' },
    ['error zk1: connect to 10.0.0.1:22', `  ${got}`, '  → wait'],
  ],
  [{ step: 'ask', hint: '' }, ['error ask', `  ${got}`]],
  [{ step: 'a folder/my lab.yml:3:14', hint: '' }, [`a folder/my lab.yml:3:14: ${got}`]],
  [{ step: 'connect to [fd00::12:3]:22', hint: '' }, ['error connect to [fd00::12:3]:22', `  ${got}`]],
])('%j', (what, lines) => {
  expect(failureLines(new Failure({ got, ...what }), plain, false)).toEqual(lines)
})

test('the stack of the cause comes only where it is asked for', () => {
  const failure = new Failure({ step: 'ask', got, hint: '', cause: new TypeError('deep down') })
  expect(failureLines(failure, plain, false).join('\n')).not.toContain('deep down')
  expect(failureLines(failure, plain, true).join('\n')).toContain('TypeError: deep down\n    at ')
})
