import { expect, test } from 'vitest'
import { secretsOf, struck } from '../../../../src/tree/source/struck.ts'
import { treeOf } from '../build.ts'

const told = (said: string, data: string) =>
  struck(said, secretsOf(treeOf({ 'app.secret': data, open: 'localhost' }, { secret: ['app.secret'] })))

test('a secret file is struck out whole, by lines, and by what stands behind = and : there', () => {
  const file = 'url=postgres://app:s3cr3t@db\n\npassword: "hunter2-very"\nport=5\n- token\n{\n}\n'
  expect(told(`x ${file.trim()} y`, file)).toBe('x ‹secret› y')
  expect(told('2:password: "hunter2-very"', file)).toBe('2:‹secret›')
  expect(told('password must not be hunter2-very, nor token', file)).toBe('password must not be ‹secret›, nor ‹secret›')
  expect(told('cannot reach postgres://app:s3cr3t@db, by app:s3cr3t@db', file)).toBe(
    'cannot reach ‹secret›, by app:‹secret›',
  )
})

test('so are the texts in JSON of one line, however many', () => {
  const pairs = Array.from({ length: 30 }, (_, at) => [`key${at}`, `value-${at}-of-30`] as const)
  expect(told('key29 is value-29-of-30', JSON.stringify(Object.fromEntries(pairs)))).toBe('key29 is ‹secret›')
})

test('what is no secret, or too short to be one, can be read', () => {
  expect(told('{ line 3: port=5 at localhost }', 'a=5\n{\n}\n')).toBe('{ line 3: port=5 at localhost }')
  expect(struck('app.secret', secretsOf(treeOf({ 'app.secret': 'app.secret' })))).toBe('app.secret')
})
