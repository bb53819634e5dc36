import { expect, test } from 'vitest'
import { loginTime } from '../../../../../src/commands/shared/look/fleet.ts'

test('a login takes at most 20 s, less or up to 60 s where --timeout says so', () => {
  expect([5_000, 120_000, 240_000, 86_400_000].map(loginTime)).toEqual([5_000, 20_000, 40_000, 60_000])
})
