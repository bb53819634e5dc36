import { expect, test } from 'vitest'
import { compareVersions } from '../../../src/model/version.ts'

test('versions are compared as numbers', () => {
  expect(compareVersions('2.17', '2.4')).toBeGreaterThan(0)
  expect(compareVersions('2.2.5', '2.2.6')).toBeLessThan(0)
  expect(compareVersions('2.17', '2.17.0')).toBe(0)
})
