import { expect, test } from 'vitest'
import { decodeHead, encodeHead, type Head } from '../../../../src/tree/meta/head.ts'
import { failuresFrom, note } from '../build.ts'

const done: Head = { ...note(), generation: 7, root: 'abc', path: '/dman/config', applying: null, made: [] }
const under: Head = {
  ...done,
  applying: { ...note({ run: 'r8' }), generation: 8, path: '/x', root: 'def', abandoned: ['x'] },
}

test('HEAD comes back as it was written, with its format', () => {
  for (const head of [done, under, { ...done, generation: 0, root: null }])
    expect(decodeHead(encodeHead(head), 'test')).toEqual(head)
  expect(JSON.parse(encodeHead(done).toString())).toMatchObject({ format: 1, generation: 7, root: 'abc' })
  expect(encodeHead(done).toString()).not.toContain('applying')
})

test('case 42: HEAD of a later version is refused, exit 5', async () => {
  const later = Buffer.from(JSON.stringify({ ...done, format: 2, applying: 'some other way' }))
  const [failure] = await failuresFrom(() => decodeHead(later, 'read HEAD'))
  expect(failure).toMatchObject({ exit: 5, step: 'read HEAD', got: 'this was written by a later version (format 2)' })
})

test('a damaged HEAD is refused, whatever part is', async () => {
  const good = JSON.parse(encodeHead(under).toString()) as Record<string, unknown>
  for (const key of ['generation', 'root', 'path', 'run', 'who', 'at', 'reason', 'applying', 'format']) {
    const bad = Buffer.from(JSON.stringify({ ...good, [key]: key === 'format' ? undefined : false }))
    const [failure] = await failuresFrom(() => decodeHead(bad, 'test'))
    expect(failure, key).toMatchObject({ exit: 5 })
  }
})
