import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkTree } from '../../../src/tree/checked.ts'
import { sourceOf, treeOf } from './build.ts'

let folder: string
let schema: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dman-checked-'))
  schema = join(folder, 'schema.json')
  const properties = { 'db/url': { type: 'string', pattern: '^postgres:' } }
  writeFileSync(schema, JSON.stringify({ type: 'object', properties, additionalProperties: false }))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('what would be imported or brought back has to fit the schema, folders apart', async () => {
  const source = sourceOf({ schema })
  await checkTree(source, treeOf({ 'db/url': 'postgres:x' }), {})
  const check = checkTree(source, treeOf({ 'db/url': 'mysql:x', other: '' }), {})
  await expect(check).rejects.toThrow(/db\/url[^]*other|other[^]*db\/url/)
})

test('and pass the command', async () => {
  const source = (word: string) => sourceOf({ validate: { command: ['grep', '-rq', word], folder } })
  await checkTree(source('postgres'), treeOf({ 'db/url': 'postgres:x' }), {})
  await expect(checkTree(source('mysql'), treeOf({ 'db/url': 'postgres:x' }), {})).rejects.toThrow('grep exits 1')
})

test('a schema of files of keys is not asked', async () => {
  await checkTree(sourceOf({ schema, format: 'keys' }), treeOf({ 'db/url': 'mysql:x' }), {})
})
