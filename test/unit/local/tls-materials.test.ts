import { expect, test } from 'vitest'
import { printOf } from '../../../src/local/certificate.ts'
import { noSecrets } from '../../../src/local/secrets.ts'
import { materialsOf } from '../../../src/local/tls-materials.ts'
import { certify } from '../../../src/local/tls-secrets.ts'

const now = Date.parse('2026-01-02T03:04:05Z')

test('no CA makes no materials', () => {
  expect(materialsOf({})).toBeUndefined()
})

test('members have the names of their certificates, by the CA that signed them', async () => {
  const hosts = [{ host: 'zk1', must: ['10.0.0.11', 'ZK1.example'], may: [] }]
  const { tls } = await certify(noSecrets, { ensemble: 'dman', hosts, trusted: [], now })
  const made = materialsOf(tls)
  const print = printOf(tls.ca?.certificate ?? '')
  expect(made?.current).toBe(print)
  expect(Object.keys(made?.authorities ?? {})).toEqual([print])
  expect(made?.members['zk1']?.[print]?.names).toEqual(expect.arrayContaining(['10.0.0.11', 'zk1.example']))
})
