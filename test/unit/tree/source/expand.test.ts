import { expect, test } from 'vitest'
import { expand, keysFile } from '../../../../src/tree/source/expand.ts'

const expanded = (below: string, text: string | Buffer, separator: '/' | '.' = '/') => {
  const told: string[] = []
  const entry = { below, data: Buffer.from(text), file: `/c/${below}`, layer: 0 }
  const entries = expand(entry, separator, (file, got) => told.push(`${file}: ${got}`))
  return { znodes: entries.map((one) => [one.below, one.data.toString()]), told }
}

test.each([
  ['application,dev.yml', 'application,dev'],
  ['a.b.yaml', 'a.b'],
  ['x/db.json', 'x/db'],
  ['db.properties', 'db'],
  ['.env', ''],
  ['x/.env', 'x'],
  ['x/.yml', 'x'],
  ['prod.env', 'prod'],
  ['a.yml.bak', undefined],
  ['yml', undefined],
  ['.env.local', undefined],
  ['a.constructor', undefined],
])('%s holds the keys of %s', (below, stem) => expect(keysFile(below)?.stem).toBe(stem))

test('nested keys are names of a path, or one name', () => {
  const text = 'db:\n  url: x\n  hosts: [a, { b: c }]\na/b: d\n'
  expect(expanded('app.yml', text).znodes).toEqual([
    ['app', ''],
    ['app/db/url', 'x'],
    ['app/db/hosts[0]', 'a'],
    ['app/db/hosts[1]/b', 'c'],
    ['app/a/b', 'd'],
  ])
  expect(expanded('.yml', text, '.').znodes).toEqual([
    ['', ''],
    ['db.url', 'x'],
    ['db.hosts[0]', 'a'],
    ['db.hosts[1].b', 'c'],
    ['a/b', 'd'],
  ])
  expect(expanded('app.properties', 'db.url=x', '.').znodes).toEqual([['app', ''], ['app/db.url', 'x']]) // prettier-ignore
  expect(expanded('app.properties', 'db.url=x').znodes).toEqual([['app', ''], ['app/db/url', 'x']]) // prettier-ignore
})

test('problems have the file and the line', () => {
  expect(expanded('a.yml', 'a: 1\na: 2\n').told).toEqual(['/c/a.yml:2: a key is given twice'])
  expect(expanded('a.yml', Buffer.from([0xff])).told).toEqual(['/c/a.yml: it is not UTF-8'])
})
