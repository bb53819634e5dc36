import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { secretVariables, withoutSecrets } from '../../../src/model/secret-variables.ts'

test('what a command sees of the environment has none of the secrets that README lets us be given there', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const named = new Set(readme.match(/\bDMAN_\w*PASS\w*/g))
  expect([...named].sort()).toEqual(Object.values(secretVariables).sort())
  const env = Object.fromEntries([...named].map((name) => [name, 'hush']))
  expect(withoutSecrets({ ...env, PATH: '/bin', DMAN_APACHE_BASE: 'x' })).toEqual({
    PATH: '/bin',
    DMAN_APACHE_BASE: 'x',
  })
})
