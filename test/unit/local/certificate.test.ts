import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { covers, expiryOf, issue, makeAuthority, printOf } from '../../../src/local/certificate.ts'

const now = Date.parse('2026-05-01T12:00:00Z')
const ca = await makeAuthority('dman', now)
const names = ['10.0.0.1', '2001:db8::1', 'zk1.example.net']
const member = await issue(ca, { host: 'zk1', names }, now)
const read = (pem: string) => new X509Certificate(pem)

test('a CA signs a member, both are valid for ten years from a day ago, and keys are PKCS#8 of P-256', () => {
  const [authority, own] = [read(ca.certificate), read(member.certificate)]
  expect([own.checkIssued(authority), own.verify(authority.publicKey), authority.ca, own.ca]).toEqual([
    true,
    true,
    true,
    false,
  ])
  for (const certificate of [authority, own]) {
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse('2026-04-30T12:00:00Z'))
    expect(Date.parse(certificate.validTo)).toBe(Date.parse('2036-04-27T12:00:00Z'))
  }
  expect(expiryOf(member.certificate)).toBe(Date.parse('2036-04-27T12:00:00Z'))
  expect(member.key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
  expect(own.checkPrivateKey(createPrivateKey(member.key.reveal()))).toBe(true)
  expect(own.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(own.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
})

test('it is good for its addresses and names alone, and no other CA has signed it', async () => {
  expect(names.every((name) => covers(member.certificate, name))).toBe(true)
  expect(covers(member.certificate, '2001:DB8:0::1')).toBe(true)
  expect(['10.0.0.2', 'zk1', 'example.net', '::1'].some((name) => covers(member.certificate, name))).toBe(false)
  const other = await makeAuthority('dman', now)
  expect(printOf(other.certificate)).not.toBe(printOf(ca.certificate))
  expect(read(member.certificate).verify(read(other.certificate).publicKey)).toBe(false)
  expect(read(member.certificate).checkIssued(read(other.certificate))).toBe(false)
})

test('a member is not certified for longer than its CA', async () => {
  const later = await issue(ca, { host: 'zk2', names }, now + 5 * 365 * 86_400_000)
  expect(expiryOf(later.certificate)).toBe(expiryOf(ca.certificate))
})
