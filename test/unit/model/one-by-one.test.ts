import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeOneByOne } from '../../../src/model/one-by-one.ts'

test('work of one key is done one after the other, of another beside it; a failure is its own alone', async () => {
  const oneByOne = makeOneByOne()
  const seen: string[] = []
  const work =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name} begins`)
      await setTimeout(1)
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const all = await Promise.allSettled([
    oneByOne('m', work('a', true)),
    oneByOne('m', work('b')),
    oneByOne('n', work('c')),
  ])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(seen.filter((line) => !line.startsWith('c'))).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(seen.indexOf('c begins')).toBeLessThan(seen.indexOf('b begins'))
})
