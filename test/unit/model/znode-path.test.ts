import { expect, test } from 'vitest'
import { isWithin, treeProblem, znodeProblem } from '../../../src/model/znode-path.ts'

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
  for (const path of good) expect(znodeProblem(path), path).toBeUndefined()
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
  for (const [path, problem] of Object.entries(bad)) expect(znodeProblem(path), path).toContain(problem)
})

test('a tree cannot be the root, what is above the metadata, or a path with a slash at its end', () => {
  expect(treeProblem('/')).toContain('the root')
  expect(treeProblem('/dman')).toContain('above /dman/meta')
  expect(treeProblem('/dman/meta')).toContain('below /dman/meta')
  expect(treeProblem('/a/')).toContain('ends with /')
  expect(treeProblem('/a/./b')).toContain('the name .')
  expect(treeProblem('/dman/config')).toBeUndefined()
})

test('what is within a path', () => {
  expect(isWithin('/a', '/a')).toBe(true)
  expect(isWithin('/a', '/a/b')).toBe(true)
  expect(isWithin('/a', '/ab')).toBe(false)
  expect(isWithin('/', '/ab')).toBe(true)
})
