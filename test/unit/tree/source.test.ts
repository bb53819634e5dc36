import { expect, test } from 'vitest'
import { requestLimit } from '../../../src/zookeeper/transaction.ts'
import { scratch } from './scratch.ts'

const { put, read, problems } = scratch()

test('later folders win, path by path', async () => {
  put('common/app/a', 'common')
  put('common/app/b', 'common')
  put('common/only/here', '1')
  put('site/app/b', 'site')
  put('site/app/.znode', 'of app')
  put('site/only')
  expect(await read({ from: ['common', 'site'] })).toEqual({
    '': '',
    '/app': 'of app',
    '/app/a': 'common',
    '/app/b': 'site',
    '/only': '',
    '/only/here': '1',
  })
})

test('keys of all formats, and other files as they are', async () => {
  put('application.yml', 'server: { port: 8080 }\nhosts: [a, b]\n')
  put('application,dev.properties', 'server.port=8081\n')
  put('x/.env', 'NAME=value\n')
  put('x/y.json', '{"n": 1.0}')
  put('x/cert.pem', Buffer.from([0xff]))
  put('kept/.gitkeep')
  const tree = { 'application,dev': '', application: '', x: '', kept: '', 'x/cert.pem': '\u00ff', 'x/y': '' }
  const below = (more: Record<string, string>) =>
    Object.fromEntries(Object.entries({ ...tree, ...more }).map(([path, data]) => [`/${path}`, data]))
  expect(await read({ format: 'keys' })).toEqual({
    '': '',
    ...below({
      'application/server': '',
      'application/server/port': '8080',
      'application/hosts[0]': 'a',
      'application/hosts[1]': 'b',
      'application,dev/server': '',
      'application,dev/server/port': '8081',
      'x/NAME': 'value',
      'x/y/n': '1.0',
    }),
  })
  expect(await read({ format: 'keys', separator: '.' })).toEqual({
    '': '',
    ...below({
      'application/server.port': '8080',
      'application/hosts[0]': 'a',
      'application/hosts[1]': 'b',
      'application,dev/server.port': '8081',
      'x/NAME': 'value',
      'x/y/n': '1.0',
    }),
  })
})

test('case 30: two sources of one znode are refused, each named with its line', async () => {
  put('a.yml', 'x: 1\ny: { z: 2 }\n')
  put('a.json', '{"x": 1}')
  put('a/y/z', 'file')
  expect(await problems({ format: 'keys' })).toEqual([
    '/a.yml:1: the same znode as /a.json:1 (3)',
    '/a.yml:2: the same znode as /a/y/z (3)',
  ])
})

test('case 30: names and values that a znode cannot have are refused with their line', async () => {
  put('a.yml', `ok: 1\n"b\\u0007": 2\n..: 3\na//b: 4\nbig: ${'x'.repeat(requestLimit)}\n`)
  expect(await problems({ format: 'keys' })).toEqual([
    expect.stringMatching(/^\/a\.yml:2: the character U\+0007 in a name/),
    '/a.yml:3: the name .. (3)',
    '/a.yml:4: an empty name between two slashes (3)',
    expect.stringMatching(/^\/a\.yml:5: \d+ bytes: a request/),
  ])
})

const variables = { ensemble: 'kiel', hosts: [], ports: {}, connect: 'zk1:2180', vars: { level: 'info', port: 80 } }

test('templates are filled in where they are asked for, what other layers replace is not', async () => {
  put('common/a', 'connect=<%= connect %>\n')
  put('common/b', '<%= nobody %>')
  put('site/b', '<%= vars.level %>')
  const from = ['common', 'site']
  expect(await read({ from, templates: true, variables })).toEqual({ '': '', '/a': 'connect=zk1:2180\n', '/b': 'info' })
  expect(await read({ from, variables })).toMatchObject({ '/a': 'connect=<%= connect %>\n' })
  expect(await problems({ from: ['common'], templates: true, variables })).toEqual([
    '/common/b:1: nobody is not defined (3)',
  ])
})

test('in files of keys the values are templates, and each problem has its line', async () => {
  put('a.yml', 'level: <%= vars.level %>\nnested:\n  port: <%= vars.port %>\n')
  expect(await read({ format: 'keys', templates: true, variables })).toMatchObject({
    '/a/level': 'info',
    '/a/nested/port': '80',
  })
  put('a.yml', 'level: x\nnested:\n  text: |\n    one\n    <%= vars.none %>\n')
  put('b.bin', Buffer.from([0xff]))
  expect(await problems({ format: 'keys', templates: true, variables })).toEqual([
    '/a.yml:5: there is no vars.none (3)',
    '/b.bin: it is not UTF-8 (3)',
  ])
})

test('case 30: names with blanks, umlauts, quotes, and zookeeper below the root are taken; emoji and dots alone are not', async () => {
  const names = ['a b', 'ü', 'zookeeper', "it's", '"$(id)"', 'a\\b', ' ', '-x', '…', 'name[0]', 'a=b:c', '<%= x %>']
  for (const name of names) put(`files/${name}`, name)
  const keys = names.filter((name) => !name.includes('/'))
  put('keys/.json', JSON.stringify(Object.fromEntries(keys.map((name) => [name, name]))))
  const wanted = Object.fromEntries([
    ['', ''],
    ...names.map((name) => [`/${name}`, Buffer.from(name).toString('latin1')]),
  ]) as object
  expect(await read({ from: ['files'] })).toEqual(wanted)
  expect(await read({ from: ['keys'], format: 'keys' })).toEqual(wanted)
  put('files/😀', '')
  put('keys/.json', JSON.stringify({ '😀': 1, '.': 2, '..': 3, 'a/../b': 4, '\u007f': 5, '\ufffe': 6, '/': 7 }))
  expect(await problems({ from: ['files'] })).toEqual([
    expect.stringMatching(/^\/files\/😀: the character U\+1F600 in a name/),
  ])
  expect(await problems({ from: ['keys'], format: 'keys' })).toEqual([
    expect.stringMatching(/^\/keys\/\.json:1: an empty name between two slashes/),
    expect.stringMatching(/^\/keys\/\.json:1: the character U\+007F in a name/),
    expect.stringMatching(/^\/keys\/\.json:1: the character U\+1F600 in a name/),
    expect.stringMatching(/^\/keys\/\.json:1: the character U\+FFFE in a name/),
    '/keys/.json:1: the name . (3)',
    '/keys/.json:1: the name .. (3)',
    '/keys/.json:1: the name .. (3)',
  ])
})

test('case 30: the largest file that fits, one byte more, and one that a template makes too large', async () => {
  const room = await largest()
  put('big', Buffer.alloc(room, 'x'))
  expect((await read())['/big']).toHaveLength(room)
  put('big', Buffer.alloc(room + 1))
  expect(await problems()).toEqual([
    expect.stringMatching(/^\/big: \d+ bytes: a request of 1048576 bytes, of at most 1048575/),
  ])
  put('big', '<%= "x".repeat(2e6) %>')
  expect(await problems({ templates: true })).toEqual([
    expect.stringMatching(/^\/big:? ?\d* ?bytes: a request of|^\/big: 2000000 bytes/),
  ])
})

/** Bytes that the znode `big` may have, by what is said of one that is too large. */
async function largest(): Promise<number> {
  put('big', Buffer.alloc(requestLimit))
  const [told = ''] = await problems()
  const [, request = '0', most = '0'] = /a request of (\d+) bytes, of at most (\d+)/.exec(told) ?? []
  return requestLimit - (Number(request) - Number(most))
}

test('case 30: three hundred levels of keys, and as many of a path in one key', async () => {
  const nested = Array.from({ length: 300 }).reduce<unknown>((inner) => ({ d: inner }), 'deep')
  put('a.json', JSON.stringify(nested))
  put('b.yml', `${'e/'.repeat(300)}f: deep\n`)
  const znodes = await read({ format: 'keys' })
  expect(znodes[`/a${'/d'.repeat(300)}`]).toBe('deep')
  expect(znodes[`/b${'/e'.repeat(300)}/f`]).toBe('deep')
  expect(Object.keys(znodes)).toHaveLength(1 + 301 + 302)
})
