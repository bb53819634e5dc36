import { expect, it } from 'vitest'
import { member, type MemberStep } from '../../../src/remote/member.ts'

it.each<[MemberStep, string]>([
  [{ stop: true }, 'stop the member'],
  [{ stop: true, start: true }, 'restart the member'],
  [{ start: true }, 'start the member'],
  [{ switch: 'conf-0123456789ab', start: true }, 'start the member'],
  [{}, 'write the stamp of the member'],
])('a failed call of a member is told by what it was to do: %j', (step, words) => {
  expect(typeof member.does === 'function' && member.does(step)).toBe(words)
})
