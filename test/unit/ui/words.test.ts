import { expect, test } from 'vitest'
import { table } from '../../../src/ui/table.ts'
import { bytes, duration, painter } from '../../../src/ui/words.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [19_100_000, '19.1 MB'],
])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text))

test.each([
  [119.9, '119s'],
  [120, '2m'],
  [7200, '2h'],
  [172_800, '2d'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text))

test('colours are for terminals, and for those who want them', () => {
  expect(painter({ isTTY: true }, {})('red', 'x')).not.toBe('x')
  expect(painter({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x')
  expect(painter({}, {})('red', 'x')).toBe('x')
})

test('a coloured cell is as wide as its letters', () => {
  expect(
    table([
      ['\u001b[31mab\u001b[39m', 'x'],
      ['a', 'y'],
    ]),
  ).toEqual(['\u001b[31mab\u001b[39m  x', 'a   y'])
})
