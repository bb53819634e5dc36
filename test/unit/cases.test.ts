import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const rows = [...readFileSync('docs/faults.md', 'utf8').matchAll(/^\| (\d+) \| .* \| (.*) \|$/gm)].map(
  ([, number, what = '']) => ({ number: Number(number), isYetToCome: what.startsWith('*not yet*') }),
)
const told = rows.map(({ number }) => number)
const textsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
/** Those behind `before` in such words as `case 1` and `cases 10, 11, 12`. */
const numbers = (texts: readonly string[], before: string) =>
  texts
    .flatMap((text) => [...text.matchAll(new RegExp(`${before}cases? (\\d+(?:, \\d+)*)`, 'g'))])
    .flatMap(([, list = '']) => list.split(', ').map(Number))

test('every fault that a test or a comment names by its number is in docs/faults.md', () => {
  expect([...told].sort((a, b) => a - b)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1))
  const named = numbers(['src', 'test'].flatMap(textsIn), '\\b')
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter((number) => !told.includes(number))).toEqual([])
})

test('every fault in docs/faults.md that this release is held to stands in the title of a test', () => {
  const shown = numbers(textsIn('test'), '\\b(?:test|it|describe)\\b[^\\n]*(?:\\n *)?[\'"`]')
  const held = rows.filter(({ isYetToCome }) => !isYetToCome).map(({ number }) => number)
  expect(held.filter((number) => !shown.includes(number))).toEqual([])
})
