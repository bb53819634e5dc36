import { expect, test } from 'vitest'
import { ancestorsOf, join, metaFolders, parentOf } from '../../../src/tree/path.ts'

test('takes paths apart', () => {
  expect(ancestorsOf('/a/b/c')).toEqual(['/a', '/a/b'])
  expect(ancestorsOf('/a')).toEqual([])
  expect(ancestorsOf('/')).toEqual([])
  expect([parentOf('/a/b'), parentOf('/a'), parentOf('/')]).toEqual(['/a', '/', undefined])
  expect([join('/', 'a'), join('/a', 'b')]).toEqual(['/a', '/a/b'])
  expect(metaFolders('app')).toEqual([
    '/dman',
    '/dman/meta',
    '/dman/meta/app',
    '/dman/meta/app/manifest',
    '/dman/meta/app/acls',
    '/dman/meta/app/history',
  ])
})
