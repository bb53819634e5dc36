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

test('what the command says has no part of a secret file, also where its end is all that is kept', async () => {
  const tree = treeOf({ 'app.properties': 'name=x\npassword=hunter2-very-secret' }, { secret: ['app.properties'] })
  const said = (script: string) =>
    checkTree(sourceOf({ validate: { command: ['sh', '-c', script, 'sh'], folder } }), tree, {}).catch(String)
  expect(await said('grep -n password "$1"/app.properties; exit 1')).toMatch(/sh exits 1: 2:‹secret›$/)
  const endless = (length: number) =>
    said(`cat "$1"/app.properties; head -c ${length} /dev/zero | tr '\\0' x; printf '\\nthe end\\n'; exit 1`)
  // Longer than all that is kept, by which half of the password is cut off.
  for (const kept of [8192, 65_536]) {
    const end = await endless(kept - 16)
    expect(end).toMatch(/the end$/)
    expect(end).not.toMatch(/secret(?!›)/)
  }
})

test('a schema of files of keys is not asked', async () => {
  await checkTree(sourceOf({ schema, format: 'keys' }), treeOf({ 'db/url': 'mysql:x' }), {})
})
