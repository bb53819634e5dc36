import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'

test('a secret is shown by nothing but reveal', () => {
  const secret = new Secret('hunter2')
  const shown = [
    String(secret),
    inspect({ secret }),
    JSON.stringify({ secret }),
    Object.values(secret).join(),
    String(secret),
  ]
  expect(shown.join()).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})
