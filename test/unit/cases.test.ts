import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every fault that a test or a comment names by its number is in docs/faults.md', () => {
  const told = [...readFileSync('docs/faults.md', 'utf8').matchAll(/^\| (\d+) \|/gm)].map(([, number]) =>
    Number(number),
  )
  expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1))
  const named = ['src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/\bcases? (\d+)/g)])
      .map(([, number]) => Number(number)),
  )
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter((number) => !told.includes(number))).toEqual([])
})
