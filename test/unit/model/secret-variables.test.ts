import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { secretIn, secretVariables, withoutSecrets } from '../../../src/model/secret-variables.ts'

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

test('they are read in one place, as secrets: elsewhere only messages and comments name them', () => {
  const env = { DMAN_SSH_PASSWORD: 'a', DMAN_SSH_PASSPHRASE: 'b', DMAN_SECRETS_PASSPHRASE: '' }
  const given = (['password', 'keyPassphrase', 'secretsPassphrase'] as const).map((which) => secretIn(env, which))
  expect(JSON.stringify(given)).toBe('["‹secret›","‹secret›","‹secret›"]')
  expect(given.map((secret) => secret?.reveal())).toEqual(['a', 'b', ''])
  expect(secretIn({}, 'password')).toBeUndefined()
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  // as a name or as a whole text, which is what a variable can be looked up by
  const looksUp = /\bsecretVariables\b|\.DMAN_\w*PASS|(['"`])DMAN_\w*PASS\w*\1/
  const reading = sources.filter((file) => looksUp.test(readFileSync(`src/${file}`, 'utf8')))
  expect(reading).toEqual(['model/secret-variables.ts'])
})
