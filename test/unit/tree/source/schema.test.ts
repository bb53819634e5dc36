import { expect, test } from 'vitest'
import { scratch } from '../scratch.ts'

const { at, put, read, problems } = scratch()

const checked = async (schema: unknown, over: object = {}): Promise<string[]> => {
  put('schema.json', typeof schema === 'string' ? schema : JSON.stringify(schema))
  const source = { from: ['config'], schema: at('schema.json'), ...over }
  try {
    await read(source)
    return []
  } catch {
    return problems(source)
  }
}

test('format: files: each file’s text by its path', async () => {
  put('config/db/url', 'jdbc:x')
  put('config/db/.znode', 'own')
  put('config/cert', Buffer.from([0xff]))
  const exactly = { 'db/url': { const: 'jdbc:x' }, db: { const: 'own' }, cert: { type: 'null' } }
  expect(await checked({ properties: exactly, required: Object.keys(exactly), additionalProperties: false })).toEqual(
    [],
  )
  expect(await checked({ properties: { 'db/url': { pattern: '^http' } }, required: ['other'] })).toEqual([
    "/config/db/url: `db/url` must match pattern \"^http\" (3)",
    "/config: the tree must have required property 'other' (3)",
  ].sort()) // prettier-ignore
})

const server = {
  type: 'object',
  properties: { port: { type: 'integer', maximum: 65_535 }, hosts: { type: 'array', items: { type: 'string' } } },
  additionalProperties: false,
}
const application = {
  properties: { application: { type: 'object', properties: { server }, required: ['server'] } },
  required: ['application'],
}

test('format: keys: each file’s keys as one object, of its types, layers merged and templates filled in', async () => {
  put('config/application.yml', 'server: { port: 80, hosts: [a, 1, b] }\n')
  put('site/application.yml', 'server:\n  port: <%= ports.client %>\n  hosts: [c]\n')
  const variables = { ensemble: '', hosts: [], ports: { client: 2180 }, connect: '', vars: {} }
  const layers = { format: 'keys', templates: true, variables, from: ['config', 'site'] }
  expect(await checked(application, layers)).toEqual([])
  expect(await checked(application, { format: 'keys' })).toEqual(['/config/application.yml:1: `server.hosts[1]` must be string (3)']) // prettier-ignore
})

test('problems name the file, the line and the key, and never a value', async () => {
  put('config/application.yml', 'other: x\nserver:\n  port: "hush"\n  typo: hush\n')
  expect(await checked(application, { format: 'keys' })).toEqual([
    '/config/application.yml:3: `server.port` must be integer (3)',
    '/config/application.yml:4: `server` must NOT have additional properties: `typo` (3)',
  ])
  put('config/application.yml', 'other: x\n')
  const [problem] = await checked(application, { format: 'keys' })
  expect(problem).toBe("/config/application.yml: `application` must have required property 'server' (3)")
})

test.each([
  ['http://json-schema.org/draft-07/schema#', { items: [{ const: 'a' }], definitions: { x: {} } }],
  ['https://json-schema.org/draft/2019-09/schema', { items: [{ const: 'a' }], $defs: { x: {} } }],
  ['https://json-schema.org/draft/2020-12/schema', { prefixItems: [{ const: 'a' }], $defs: { x: {} } }],
])('a schema of %s', async ($schema, list) => {
  put('config/.yml', 'list: [a]\n')
  const schema = { $schema, properties: { '': { properties: { list } } } }
  expect(await checked(schema, { format: 'keys' })).toEqual([])
  put('config/.yml', 'list: [b]\n')
  expect(await checked(schema, { format: 'keys' })).toEqual(['/config/.yml:1: `list[0]` must be equal to constant (3)'])
})

test.each([
  ['{', /^\/schema\.json: .*JSON/],
  ['[]', /^\/schema\.json: it is no object/],
  ['{"tpye": "object"}', /^\/schema\.json: strict mode: unknown keyword: "tpye"/],
  ['{"$ref": "other.json"}', /^\/schema\.json: can't resolve reference other\.json/],
])('a schema that is none: %s', async (schema, problem) => {
  put('config/x', '1')
  expect(await checked(schema)).toEqual([expect.stringMatching(problem)])
})
