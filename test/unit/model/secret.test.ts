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

test('two are the same where their texts are', () => {
  expect(new Secret('hunter2').equals(new Secret('hunter2'))).toBe(true)
  expect(new Secret('hunter2').equals(new Secret('hunter3'))).toBe(false)
  expect(new Secret('hunter2').length).toBe(7)
})
