import { expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { digestId } from '../../../src/zookeeper/digest.ts'

test('is what DigestAuthenticationProvider makes of user and password', () => {
  expect(digestId('super', new Secret('test'))).toBe('super:D/InIHSb7yEEbrWz8b9l71RjZJU=')
})
