import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { format, formatIs, laterVersion } from '../../../src/model/format.ts'

test('case 42: a higher number is a later version, whatever else is not ours is damaged', () => {
  expect(formatIs(format)).toBe('ours')
  expect([format + 1, 99].map(formatIs)).toEqual(['later', 'later'])
  const odd = [undefined, null, 0, -1, 1.5, '1', '2', Number.NaN, Infinity, {}]
  expect(odd.map(formatIs)).toEqual(odd.map(() => 'damaged'))
  expect(laterVersion(2, 'read HEAD')).toMatchObject({ exit: 5, step: 'read HEAD' })
})

test('the scripts that hosts run know, and write, the same format', () => {
  const texts = ['templates/bin', 'src/remote'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.sh') || !name.includes('.'))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
  )
  const numbers = texts.flatMap((text) => [...text.matchAll(/(?:newest_format=|'format: )(\d+)/g)].map(([, n]) => n))
  expect(numbers.length).toBeGreaterThan(2)
  expect(new Set(numbers)).toEqual(new Set([String(format)]))
})
