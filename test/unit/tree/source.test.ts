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
    expect.stringMatching(/^\/a\.yml:3: the name \.\. /),
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
