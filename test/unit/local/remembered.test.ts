import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cacheFolder, memoryOf, recallFile } from '../../../src/local/remembered.ts'

const file = { path: '/a', size: '1', mtime: '2', ctime: '3', inode: '4', device: '5' }
const archive = { kind: 'java', path: '/a', size: 1, sha256: 'a'.repeat(64), release: 'java-aaaaaaaaaaaa', unpackedBytes: 1, entries: 1 } // prettier-ignore
const content = (more: object): string =>
  JSON.stringify({ format: 1, archives: [{ file, archive }], published: { k: 'v' }, ...more })

test('what was remembered is found for that very file only', () => {
  const memory = memoryOf(content({}))
  expect(memory.published).toEqual({ k: 'v' })
  expect(recallFile(memory, file, 'java')?.archive).toEqual(archive)
  expect(recallFile(memory, file, 'zookeeper')).toBeUndefined()
  for (const part of Object.keys(file)) expect(recallFile(memory, { ...file, [part]: '9' }, 'java')).toBeUndefined()
})

test('case 42: what a later version remembered is left alone', () => {
  expect(memoryOf(content({ format: 2 }))).toEqual({ archives: [], published: {} })
})

test('garbage is as good as nothing, and spoils no neighbour', () => {
  expect(
    memoryOf(
      content({ archives: [{ file, archive }, 1, { file, archive: { ...archive, sha256: 'x' } }], published: 7 }),
    ),
  ).toEqual({
    archives: [{ file, archive }],
    published: {},
  })
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(memoryOf(text).archives).toEqual([])
    }),
  )
})

test("the cache lies in the user's cache directory", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, '/home/ann')).toBe('/c/dman-bootstrap')
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' }, '/home/ann')).toBe('/home/ann/.cache/dman-bootstrap')
  expect(cacheFolder({}, '/home/ann')).toBe('/home/ann/.cache/dman-bootstrap')
})

test('ZooKeeper that was read before metrics and Netty were looked for is read again', () => {
  const of = (more: object) =>
    memoryOf(content({ archives: [{ file, archive: { ...archive, kind: 'zookeeper', ...more } }] }))
  for (const more of [{}, { metrics: false }, { netty: true }])
    expect(recallFile(of(more), file, 'zookeeper')).toBeUndefined()
  expect(recallFile(of({ metrics: false, netty: true }), file, 'zookeeper')?.archive).toMatchObject({ netty: true })
})
