import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashOf, type Manifest, readChunk, readIndex, storeManifest } from '../../../../src/tree/meta/manifest.ts'
import { failuresFrom } from '../build.ts'

const written = (text: string, acl = 'common') => ({ hash: hashOf(text), acl })

const many = (count: number) =>
  new Map(Array.from({ length: count }, (_, index) => [`/dman/k${index}`, written(`${index}`)]))

function readBack(manifest: Manifest): Manifest {
  const { root, objects } = storeManifest(manifest)
  const object = (name: string) => objects.get(name) ?? Buffer.from('missing')
  const { chunks, acl } = readIndex(object(root), 'test')
  return new Map(chunks.flatMap((name) => readChunk(object(name), acl, 'test')))
}

describe('a stored manifest', () => {
  test('comes back as it was, and does not depend on order', () => {
    const path = fc.array(fc.string({ minLength: 1 }), { minLength: 1 }).map((names) => `/${names.join('/')}`)
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        const manifest = new Map(paths.map((each) => [each, written(each, each.slice(0, 2))]))
        expect(readBack(manifest)).toEqual(manifest)
        expect(storeManifest(new Map([...manifest].reverse())).root).toBe(storeManifest(manifest).root)
      }),
    )
    expect(readBack(many(5000))).toEqual(many(5000))
  })

  test('names its objects by what they hold', () => {
    for (const [name, data] of storeManifest(many(300)).objects) expect(hashOf(data)).toBe(name)
  })

  test('changes by one small chunk and the index with one znode, and is well below a tree of 1 KiB values', () => {
    const count = 10_000
    const before = storeManifest(many(count))
    const after = storeManifest(new Map([...many(count), ['/dman/k77', written('other')]]))
    const fresh = [...after.objects].filter(([name]) => !before.objects.has(name))
    const size = (objects: Iterable<[string, Buffer]>) => [...objects].reduce((sum, [, data]) => sum + data.length, 0)
    expect(fresh).toHaveLength(2)
    expect(size(fresh)).toBeLessThan(16 * 1024)
    expect(size(before.objects)).toBeLessThan((count * 1024) / 10)
  })

  test('names the ACL that most have once, and the others beside their znodes', () => {
    const { root, acls, objects } = storeManifest(new Map([...many(3), ['/dman/secret', written('s', 'own')]]))
    const { chunks, ...index } = readIndex(objects.get(root) ?? Buffer.alloc(0), 'test')
    expect(index).toEqual({ acl: 'common', acls: ['own'] })
    expect(JSON.parse(objects.get(chunks[0] ?? '')?.toString() ?? '')).toMatchObject({
      znodes: { '/dman/k0': hashOf('0'), '/dman/secret': [hashOf('s'), 'own'] },
    })
    expect([...acls]).toEqual(['common', 'own'])
    expect([...storeManifest(new Map()).acls]).toEqual([])
  })

  test('has chunks that fit into a request, also with very long paths', () => {
    const long = new Map(Array.from({ length: 60 }, (_, index) => [`/${'x'.repeat(20_000)}${index}`, written('')]))
    for (const data of storeManifest(long).objects.values()) expect(data.length).toBeLessThan(512 * 1024)
    expect(readBack(long)).toEqual(long)
  })

  test('case 42: a later format, and anything damaged, is refused with exit 5', async () => {
    const later = Buffer.from('{"format":2,"chunks":[]}')
    const [failure] = await failuresFrom(() => readIndex(later, 'test'))
    expect(failure).toMatchObject({ exit: 5, got: 'this was written by a later version (format 2)' })
    for (const text of [
      '',
      '[]',
      'null',
      '{}',
      '{"format":1}',
      '{"format":1,"chunks":[1]}',
      '{"format":1,"chunks":[],"acl":1}',
      '{"format":1,"znodes":{"/a":["x"]}}',
      '{"format":1,"znodes":{"/a":1}}',
    ])
      for (const read of [readIndex, (data: Buffer, step: string) => readChunk(data, 'common', step)]) {
        const [damage] = await failuresFrom(() => read(Buffer.from(text), 'test'))
        expect(damage, text).toMatchObject({ exit: 5 })
      }
  })
})
