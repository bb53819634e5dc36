import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonOf, type JsonZnode, znodesInJson } from '../../../../src/tree/export/zk-shell.ts'
import { failuresFrom } from '../build.ts'

const acl = [
  { scheme: 'world', id: 'anyone', perms: 'r' },
  { scheme: 'digest', id: 'dman:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=', perms: 'cdrwa' },
]

/** The text in pieces of that many bytes. */
async function* inPieces(text: string | Buffer, size = 7) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size)
    await Promise.resolve()
  }
}
async function read(text: string, size?: number): Promise<JsonZnode[]> {
  const all: JsonZnode[] = []
  for await (const znode of znodesInJson(inPieces(text, size), 'x.json')) all.push(znode)
  return all
}

test('one line a znode, as zk-shell has it, in ASCII alone', () => {
  expect(jsonOf({ path: '/a/ü', data: Buffer.from('hi'), isNull: false, acl })).toBe(
    '"/a/\\u00fc": {"content":"aGk=","acls":[{"perms":1,"id":{"scheme":"world","id":"anyone"}},' +
      '{"perms":31,"id":{"scheme":"digest","id":"dman:8mzXxNEKPkPQ1ARwWhiPvbAtq2E="}}]}',
  )
  expect(jsonOf({ path: '/a', data: Buffer.alloc(0), isNull: true, acl: [] })).toBe('"/a": {"content":null,"acls":[]}')
  expect(jsonOf({ path: '/a', data: Buffer.alloc(0), isNull: false, acl: [] })).toContain('{"content":"",')
})

test('what was written is read again, however the bytes come, and as Python indents it', async () => {
  const znode = fc.record({
    path: fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '"', '\\', '{', ',', ']', '日') }).map((name) => `/${name}`),
    data: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    acl: fc.constantFrom(acl, acl.slice(1)),
  })
  const all = fc.array(znode, { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(all, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (list, size, isIndented) => {
      const znodes = list.map((one, at) => ({ ...one, path: `${one.path}${at}`, isNull: false }))
      const text = `{${znodes.map(jsonOf).join(',\n')}\n}\n`
      const theirs = isIndented ? JSON.stringify(JSON.parse(text), null, 4) : text
      // A permission list has no order: it comes back in that of ZooKeeper's documentation.
      expect(await read(theirs, size)).toEqual(znodes)
    }),
  )
})

test('without ACLs it has those of the inventory; null is data that was never set', async () => {
  expect(await read('{"/a": {"content": null}, "/b": {"content": "", "acls": []}}')).toEqual([
    { path: '/a', data: Buffer.alloc(0), isNull: true, acl: undefined },
    { path: '/b', data: Buffer.alloc(0), isNull: false, acl: undefined },
  ])
})

test.for([
  ['', 'it ends amid the object'],
  ['[]', 'no JSON object'],
  ['null', 'it ends amid the object'],
  ['{"/a": {"content": ""}', 'it ends amid the object'],
  ['{"/a": {"content": ""},}', 'a comma too many'],
  ['{,"/a": {"content": ""}}', 'a comma too many'],
  ['{"/a": {"content": ""}} {}', 'something behind the object'],
  ['{} }', 'something behind the object'],
  ['}', 'no JSON object'],
  ['{"/a": {"content": ""}} x', 'something behind the object'],
  ['x {}', 'no JSON object'],
  ['{"/a" {"content": ""}}', 'Expected'],
  ['{"a": {"content": ""}}', '"a": no absolute path'],
  ['{"/a": 1}', '"/a": no object'],
  ['{"/a": {}}', 'content is neither base64 nor null'],
  ['{"/a": {"content": "plain text"}}', 'content is not base64'],
  ['{"/a": {"content": "", "acls": {}}}', 'acls is no list of'],
  ['{"/a": {"content": "", "acls": [{"perms": 32, "id": {"scheme": "world", "id": "anyone"}}]}}', 'acls is no list of'],
  ['{"/a": {"content": "", "acls": [{"perms": 1, "id": {"scheme": "world"}}]}}', 'acls is no list of'],
] as const)('refused: %s', async ([text, got]) => {
  const [failure] = await failuresFrom(() => read(text))
  expect(failure).toMatchObject({ exit: 3, step: 'read x.json' })
  expect(failure?.got).toContain(got)
})

test('a file that is something else is not read to its end', async () => {
  let taken = 0
  async function* endless() {
    for (;;) {
      taken++
      yield Buffer.alloc(1024 * 1024, 'x')
      await Promise.resolve()
    }
  }
  const [failure] = await failuresFrom(() => znodesInJson(endless(), 'x.json').next())
  expect(failure?.got).toContain('without a comma')
  expect(taken).toBeLessThan(20)
})
