import { expect, test } from 'vitest'
import type { Failure } from '../../../src/model/failure.ts'
import type { TreeSource } from '../../../src/model/tree-source.ts'
import { explain } from '../../../src/tree/explain.ts'
import { readSource } from '../../../src/tree/source.ts'
import { failuresFrom, sourceOf } from './build.ts'
import { scratch } from './scratch.ts'

const { at, put } = scratch()

async function explained(path: string, over: Partial<TreeSource> = {}) {
  const failures: Failure[] = []
  const source = sourceOf({ from: [at('common'), at('site')], format: 'keys', ...over })
  const document = explain(await readSource(source, {}, failures), path)
  return JSON.parse(JSON.stringify({ ...document, failures: failures.length }).replaceAll(at(), '')) as object
}

test('a key of a later layer, with what it is over', async () => {
  put('common/app.yml', 'db:\n  url: old\n')
  put('site/app/db/.env', 'url=<%= ensemble %>\n')
  const acls = [
    { pattern: 'app/**', acl: ['digest:dman:cdrwa'] },
    { pattern: '**/url', acl: ['digest:dman:cdrwa', 'digest:bob:8mzXxNEKPkPQ1ARwWhiPvbAtq2E=:r'] },
    { pattern: 'other', acl: [] },
  ]
  const wanted = {
    tree: 'app',
    path: '/dman/config/app/db/url',
    file: '/site/app/db/.env',
    line: 1,
    folder: '/site',
    is: 'key',
    overrides: [{ file: '/common/app.yml', line: 2, folder: '/common' }],
    bytes: 4,
    value: 'dman',
    acl: ['digest:dman:cdrwa', 'digest:bob:r'],
    acl_pattern: '**/url',
    secret_pattern: null,
    failures: 0,
  }
  expect(await explained('app/db/url', { templates: true, acls })).toEqual(wanted)
  expect(await explained('/dman/config/app/db/url/', { templates: true, acls })).toEqual(wanted)
})

test('what is secret is not shown, nor over what it is', async () => {
  put('common/app.yml', 'password: hush\n')
  put('site/app.yml', 'password: hush hush\n')
  const document = await explained('app/password', { secret: ['x', '**/password'] })
  expect(document).toMatchObject({ value: null, bytes: 9, secret_pattern: '**/password' })
  expect(JSON.stringify(document)).not.toContain('hush')
})

test('a file of bytes, and a folder', async () => {
  put('common/cert.der', Buffer.from([0xff, 0]))
  put('site/empty/.gitkeep')
  expect(await explained('cert.der')).toMatchObject({
    is: 'file',
    value: null,
    bytes: 2,
    line: null,
    acl_pattern: null,
  })
  expect(await explained('empty')).toMatchObject({ is: 'folder', value: '', bytes: 0, file: '/site/empty' })
  expect(await explained('/dman/config')).toMatchObject({ is: 'folder', path: '/dman/config' })
})

test('what no source has, and what is not of the tree, is told with what is near', async () => {
  put('common/app.yml', 'db: { url: x, user: y }\n')
  put('site/x')
  const told = async (path: string) =>
    (await failuresFrom(() => explained(path))).map(({ got, hint, exit }) => [got, hint, exit])
  const none = 'no source of tree app has it'
  expect(await told('app/db/pass')).toEqual([[none, '/dman/config/app/db has url, user', 3]])
  expect(await told('ap/db')).toEqual([[none, '/dman/config has app, x', 3]])
  expect(await told('x/y')).toEqual([[none, '/dman/config/x has nothing below it', 3]])
  const hint = 'name a path below it, absolute or without the slash at its beginning'
  expect(await told('/app')).toEqual([['it is not below /dman/config, the path of tree app', hint, 3]])
})

test('what is wrong elsewhere is told beside it', async () => {
  put('common/a', '<%= nobody %>')
  put('site/b', '1')
  expect(await explained('b', { templates: true })).toMatchObject({ value: '1', failures: 1 })
})
