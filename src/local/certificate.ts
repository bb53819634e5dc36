import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { Secret } from '../model/secret.ts'
import type { Print } from '../model/tls-stage.ts'

/** A certificate and its private key, PEM both (the key as PKCS#8, as ZooKeeper reads it). */
export interface Certified {
  readonly certificate: string
  readonly key: Secret
}

const day = 86_400_000
/** From a day ago, for clocks that go slow, ten years. */
const validity = (now: number) => ({ notBefore: new Date(now - day), notAfter: new Date(now - day + 3650 * day) })

export const printOf = (certificate: string): Print =>
  new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 16)

/** ms since the epoch */
export const expiryOf = (certificate: string): number => Date.parse(new X509Certificate(certificate).validTo)

/** Whether a peer at that address or name would take the certificate for it. */
export function covers(certificate: string, name: string): boolean {
  const read = new X509Certificate(certificate)
  return (isIP(name) === 0 ? read.checkHost(name, { subject: 'never' }) : read.checkIP(name)) !== undefined
}

/** A CA of its own for an ensemble, which signs certificates of members and nothing else. `now`: ms since the epoch. */
export async function makeAuthority(ensemble: string, now: number): Promise<Certified> {
  const { privateKey, publicKey } = newKey()
  const x509 = await import('./x509.ts')
  // Two CAs of one ensemble, where one follows the other, are told apart by their names, too.
  const subject = { organization: ensemble, name: `members CA ${randomBytes(4).toString('hex')}` }
  const certificate = x509.certificate({
    ...validity(now),
    serial: serial(),
    subject,
    issuer: { name: subject, key: publicKey },
    key: publicKey,
    use: { is: 'authority' },
    sign: signer(privateKey),
  })
  return { certificate, key: pem(privateKey) }
}

/** A certificate of a member under that CA, for both ends of a connection, for these addresses and names. Not valid for longer than the CA. */
export async function issue(
  authority: Certified,
  member: { readonly host: string; readonly names: readonly string[] },
  now: number,
): Promise<Certified> {
  const { privateKey, publicKey } = newKey()
  const x509 = await import('./x509.ts')
  const { notBefore, notAfter } = validity(now)
  const certificate = x509.certificate({
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), expiryOf(authority.certificate))),
    serial: serial(),
    subject: { name: member.host },
    issuer: x509.issuerOf(authority.certificate),
    key: publicKey,
    use: { is: 'member', names: member.names },
    sign: signer(createPrivateKey(authority.key.reveal())),
  })
  return { certificate, key: pem(privateKey) }
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => new Secret(key.export({ type: 'pkcs8', format: 'pem' }) as string)
const signer = (key: KeyObject) => (bytes: Uint8Array) => sign('sha256', bytes, key)

/** 127 random bits, and never negative or zero. */
function serial(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}
