import { expect, test } from 'vitest'
import { Secret } from '../../../src/model/secret.ts'
import { clientDocument, clientLines } from '../../../src/ui/client.ts'

const paint = (_: unknown, text: string) => text
const client = (readers: string[]) => ({
  ensemble: 'dman',
  connect: '10.0.0.1:2180,10.0.0.2:2180',
  servers: [],
  trees: [{ name: 'app', path: '/a "b"', head: '/dman/meta/app/HEAD', readers }],
})

test('lines to paste name no identity where the world may read', () => {
  const text = clientLines(client(['world:anyone']), undefined, paint).join('\n')
  expect(text).toContain('KazooClient(hosts="10.0.0.1:2180,10.0.0.2:2180")')
  expect(text).toContain('zk.getData("/a \\"b\\"", false, null)')
  expect(text).not.toContain('ZK_AUTH')
})

test('a password is shown once, where it was asked for, and never in the lines to paste', () => {
  const auth = new Secret('web:pa55word')
  const lines = clientLines(client(['digest:web']), auth, paint)
  expect(lines.filter((line) => line.includes('pa55word'))).toEqual(['ZK_AUTH=web:pa55word'])
  expect(lines.filter((line) => line.includes('ZK_AUTH'))).toHaveLength(4)
  expect(clientLines(client(['digest:web']), undefined, paint).join()).not.toContain('pa55word')
  expect(JSON.stringify(clientDocument(client([]), undefined))).not.toContain('auth')
  expect(clientDocument(client([]), auth)).toMatchObject({ auth: 'web:pa55word' })
})

test('by TLS each client verifies by the CA, and the plain lines stay', () => {
  const secure = { connect: '10.0.0.1:2281', ca_file: '/o "p"/ca.pem', ca: 'PEM' }
  const text = clientLines({ ...client(['world:anyone']), secure }, undefined, paint).join('\n')
  expect(text).toMatch(/^by TLS: {2}10.0.0.1:2281\nCA: {6}\/o "p"\/ca.pem$/m)
  expect(text).toMatch(/KazooClient\(hosts="10.0.0.1:2281", use_ssl=True, verify_certs=True,\n/)
  expect(text.match(/"\/o \\"p\\"\/ca.pem"/g)).toHaveLength(3)
  expect(text).toContain('KazooClient(hosts="10.0.0.1:2180,10.0.0.2:2180")')
  const unmade = clientLines({ ...client([]), secure: { ...secure, ca: null } }, undefined, paint).join('\n')
  expect(unmade).toContain('not there yet')
})
