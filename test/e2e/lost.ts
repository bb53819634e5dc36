import { afterAll, expect } from 'vitest'

const lost = new Set<string>()

// A write that is gone once is gone: a second attempt, which does not see it, must not hide it. So the file fails, whatever its tests come to.
afterAll(() => {
  expect([...lost], 'acknowledged, and lost').toEqual([])
})

/** Fails where acknowledged writes are missing, and so does the whole file at its end: this is not tried again. */
export function expectNoneLost(missing: readonly (string | number)[], where: string): void {
  if (missing.length > 0) lost.add(`${where}: ${missing.join()}`)
  expect(missing, where).toEqual([])
}
