import { expect, test } from 'vitest'
import { covers, expiryOf, printOf } from '../../../src/local/certificate.ts'
import { noSecrets, type Secrets, secretsOf } from '../../../src/local/secrets.ts'
import { certify, tlsOf, withCertificates } from '../../../src/local/tls-secrets.ts'
import { Secret } from '../../../src/model/secret.ts'

const now = Date.parse('2026-05-01T12:00:00Z')
const day = 86_400_000
const host = (name: string, ...must: string[]) => ({ host: name, must, may: ['192.168.0.1'] })
const asked = (more: Partial<Parameters<typeof certify>[1]> = {}) => ({
  ensemble: 'dman',
  hosts: [host('zk1', '10.0.0.1'), host('zk2', '10.0.0.2')],
  trusted: [],
  now,
  ...more,
})
const first = await certify(noSecrets, asked())
const certificateOf = ({ tls }: Awaited<ReturnType<typeof certify>>, name: string) =>
  tls.ca?.members[name]?.certificate ?? ''

/** As it is read again from the disk. */
const again = ({ made, rest }: Secrets): Secrets =>
  secretsOf({ ...(JSON.parse(rest.reveal()) as object), made, passwords: {} }) ?? noSecrets

test('a CA and a certificate for each host are made once, listed, and kept', async () => {
  expect(first.made).toBe(true)
  expect(first.secrets.made).toEqual(['tls:ca', 'tls:member:zk1', 'tls:member:zk2'])
  expect([covers(certificateOf(first, 'zk1'), '10.0.0.1'), covers(certificateOf(first, 'zk1'), '192.168.0.1')]).toEqual(
    [true, true],
  )
  const second = await certify(again(first.secrets), asked({ hosts: [host('zk1', '10.0.0.1')] }))
  expect(second.made).toBe(false)
  expect(certificateOf(second, 'zk1')).toBe(certificateOf(first, 'zk1'))
})

test('another address, and another host, get a certificate of their own under the same CA; the others keep theirs', async () => {
  const hosts = [host('zk1', '10.0.0.1', '10.0.0.9'), host('zk2', '10.0.0.2'), host('zk3', '10.0.0.3')]
  const next = await certify(again(first.secrets), asked({ hosts }))
  expect(next.tls.ca?.certificate).toBe(first.tls.ca?.certificate)
  expect(certificateOf(next, 'zk2')).toBe(certificateOf(first, 'zk2'))
  expect(['10.0.0.1', '10.0.0.9'].map((name) => covers(certificateOf(next, 'zk1'), name))).toEqual([true, true])
  expect(next.secrets.made).toContain('tls:member:zk3')
})

test('case 38: 90 days before it expires there is a new CA, and the former stays at hand', async () => {
  const end = expiryOf(certificateOf(first, 'zk1'))
  expect((await certify(again(first.secrets), asked({ now: end - 91 * day }))).made).toBe(false)
  const trusted = [printOf(first.tls.ca?.certificate ?? '')]
  const next = await certify(again(first.secrets), asked({ now: end - 89 * day, trusted }))
  expect(next.made).toBe(true)
  expect(next.tls.former?.certificate).toBe(first.tls.ca?.certificate)
  expect(next.tls.former?.members['zk1']?.certificate).toBe(certificateOf(first, 'zk1'))
  expect(printOf(next.tls.ca?.certificate ?? '')).not.toBe(trusted[0])
  expect((await certify(again(next.secrets), asked({ now: end - 89 * day, trusted }))).made).toBe(false)
})

test('case 38: a new CA is made, kept and read again without the hosts that have left since', async () => {
  const before = again({ ...first.secrets, made: ['super', ...first.secrets.made] })
  const now = expiryOf(certificateOf(first, 'zk1')) - 89 * day
  const trusted = [printOf(first.tls.ca?.certificate ?? '')]
  const next = await certify(before, asked({ hosts: [host('zk1', '10.0.0.1')], now, trusted }))
  const saved = withCertificates(before, { secrets: next.secrets, known: before }, before)
  expect(saved.made).toEqual(['super', 'tls:ca', 'tls:member:zk1'])
  const { ca, former } = tlsOf(again(saved))
  expect([ca, former].map((each) => Object.keys(each?.members ?? {}))).toEqual([['zk1'], ['zk1', 'zk2']])
  expect(ca?.certificate).toBe(next.tls.ca?.certificate)
})

test('case 33: what is listed and is not there is refused, exit 5, and nothing is made in its place', () => {
  const without = { ...noSecrets, made: ['super', 'tls:ca', 'tls:member:zk1'] }
  expect(() => tlsOf(without)).toThrow(
    expect.objectContaining({
      exit: 5,
      got: expect.stringContaining("the CA's key and the key of zk1") as string,
    }) as Error,
  )
  const damaged = { ...noSecrets, rest: new Secret('{"tls":{"ca":{"certificate":"no"}}}') }
  expect(() => tlsOf(damaged)).toThrow(expect.objectContaining({ exit: 5 }) as Error)
})
