import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { readInventory } from '../../src/inventory/read.ts'
import { starterInventory } from '../../src/inventory/starter.ts'
import { Failures } from '../../src/model/failure.ts'
import { cleanUp, scratch } from './archives-server.ts'

afterAll(cleanUp)

let folder = ''
beforeEach(() => {
  folder = scratch()
})

async function failuresOf(file: string): Promise<readonly string[]> {
  const thrown: unknown = await readInventory(file).catch((error: unknown) => error)
  if (!(thrown instanceof Failures) || thrown.exit !== 3) throw new Error(`no Failures but ${String(thrown)}`)
  return thrown.all.map(({ message }) => message.replaceAll(folder, ''))
}

test('what init writes lacks its Java archive only', async () => {
  const file = join(folder, 'inventory.yml')
  writeFileSync(file, starterInventory())
  const line = readFileSync(file, 'utf8').split('\n').findIndex((text) => text.startsWith('java:')) + 1 // prettier-ignore
  expect(await failuresOf(file)).toEqual([`/inventory.yml:${line}:18: there is no file /archives/jre-17.tar.gz`])
  mkdirSync(join(folder, 'archives'))
  writeFileSync(join(folder, 'archives', 'jre-17.tar.gz'), '')
  expect((await readInventory(file)).java).toEqual({ from: 'path', path: join(folder, 'archives', 'jre-17.tar.gz') })
})

test('a file that is not there, a folder, and bytes that are no text', async () => {
  expect(await failuresOf(join(folder, 'none.yml'))).toEqual(['read inventory /none.yml: there is no such file'])
  expect(await failuresOf(folder)).toEqual(['read inventory : it is a directory, and no file'])
  writeFileSync(join(folder, 'bytes.yml'), Buffer.from([0xff, 0xfe, 0x00]))
  expect(await failuresOf(join(folder, 'bytes.yml'))).toEqual(['read inventory /bytes.yml: it is not UTF-8 text'])
})
