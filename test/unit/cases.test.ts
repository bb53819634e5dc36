import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const rows = [...readFileSync('docs/faults.md', 'utf8').matchAll(/^\| (\d+) \| .* \| (.*) \| (.*) \|$/gm)].map(
  ([, number, what = '', shown = '']) => ({ number: Number(number), what, shown }),
)
const textsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') }))
/** Those behind `before` in such words as `case 1` and `cases 10, 11, 12`. */
const numbers = (text: string, before: string) =>
  [...text.matchAll(new RegExp(`${before}cases? (\\d+(?:, \\d+)*)`, 'g'))].flatMap(([, list = '']) =>
    list.split(', ').map(Number),
  )

test('every fault that a test or a comment names by its number is in docs/faults.md', () => {
  const told = rows.map(({ number }) => number)
  expect([...told].sort((a, b) => a - b)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1))
  const named = ['src', 'test'].flatMap(textsIn).flatMap(({ text }) => numbers(text, '\\b'))
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter((number) => !told.includes(number))).toEqual([])
})

test('docs/faults.md names the tests whose titles have the number of a fault (node scripts/faults.mjs writes it), and there are some', () => {
  const tests = textsIn('test').filter(({ file }) => file.endsWith('.test.ts'))
  const files = new Set(tests.map(({ file }) => file.replace('.test.ts', '')))
  const titles = tests.flatMap(({ file, text }) =>
    numbers(text, '\\b(?:test|it|describe)\\b[^\\n]*(?:\\n *)?[\'"`]').map(
      (number) => `${number}: ${file.replace('.test.ts', '')}`,
    ),
  )
  // Of titles that are put together, or shared by files, only a run tells; scripts/test compares with that.
  const named = rows.flatMap(({ number, shown }) => shown.split(', ').map((file) => `${number}: ${file}`))
  expect(titles.filter((title) => !named.includes(title))).toEqual([])
  for (const { number, what, shown } of rows) {
    const isYet = /\*not yet\*/i.test(what)
    expect(isYet, `${number}: ${what}: ${shown}`).toBe(shown === 'nothing')
    if (!isYet) expect(shown.split(', ').filter((file) => !files.has(file))).toEqual([])
  }
})
