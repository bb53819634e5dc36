import { afterEach, expect, test, vi } from 'vitest'
import { homeFolder, localUser } from '../../../src/disk/user.ts'

afterEach(() => vi.unstubAllEnvs())

test('a user that no passwd file knows has the name of $USER, or the number, and a home all the same', () => {
  const unknown = () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }
  vi.stubEnv('USER', 'ann')
  expect(localUser(unknown).username).toBe('ann')
  vi.stubEnv('USER', undefined)
  expect(localUser(unknown).username).toBe(`uid-${process.getuid?.()}`)
  expect(homeFolder(unknown)).toBe('/')
})
