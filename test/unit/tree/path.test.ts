import { expect, test } from 'vitest'
import { ancestorsOf, isWithin, join, metaFolders, parentOf, pathProblem } from '../../../src/tree/path.ts'

test('case 30: refuses what ZooKeeper refuses in a path, and nothing else', () => {
  const good = [
    '/',
    '/a',
    '/a b/ü',
    '/.hidden',
    '/a..b',
    '/zookeeper2',
    '/a/zookeeper',
    '/dman',
    '/dman/metal',
    '/日本',
  ]
  for (const path of good) expect(pathProblem(path), path).toBeUndefined()
  const bad = {
    a: 'does not start',
    '': 'does not start',
    '/a/': 'an empty name',
    '/a//b': 'an empty name',
    '/.': 'the name .',
    '/a/../b': 'the name ..',
    '/a\u0000': 'U+0000',
    '/a\u001fb': 'U+001F',
    '/a\u007f': 'U+007F',
    '/a\u009f': 'U+009F',
    '/smile 😀': 'U+1F600',
    '/lone \ud800': 'U+D800',
    '/private \uf8ff': 'U+F8FF',
    '/\ufffd': 'U+FFFD',
    '/zookeeper': 'ZooKeeper’s own',
    '/zookeeper/quota': 'ZooKeeper’s own',
    '/dman/meta': 'metadata',
    '/dman/meta/app/HEAD': 'metadata',
  }
  for (const [path, problem] of Object.entries(bad)) expect(pathProblem(path), path).toContain(problem)
})

test('takes paths apart', () => {
  expect(ancestorsOf('/a/b/c')).toEqual(['/a', '/a/b'])
  expect(ancestorsOf('/a')).toEqual([])
  expect(ancestorsOf('/')).toEqual([])
  expect([parentOf('/a/b'), parentOf('/a'), parentOf('/')]).toEqual(['/a', '/', undefined])
  expect([join('/', 'a'), join('/a', 'b')]).toEqual(['/a', '/a/b'])
  expect(isWithin('/a', '/a')).toBe(true)
  expect(isWithin('/a', '/a/b')).toBe(true)
  expect(isWithin('/a', '/ab')).toBe(false)
  expect(isWithin('/', '/ab')).toBe(true)
  expect(metaFolders('app')).toEqual(['/dman', '/dman/meta', '/dman/meta/app', '/dman/meta/app/manifest'])
})
