import { X509Certificate } from 'node:crypto'
import type { TlsMaterials } from '../model/tls-materials.ts'
import { expiryOf, printOf } from './certificate.ts'
import type { FormerAuthority, TlsSecrets } from './tls-secrets.ts'

/** What rendering takes of the certificates in secrets.json; undefined where there is no CA. */
export function materialsOf({ ca, former }: TlsSecrets): TlsMaterials | undefined {
  if (ca === undefined) return undefined
  const all = [...(former === undefined ? [] : [former]), ca].map(
    (authority) => [printOf(authority.certificate), authority] as const,
  )
  const certificates = [...all.map(([, { certificate }]) => certificate), ...(former?.others ?? [])]
  const names = [...new Set(all.flatMap(([, { members }]) => Object.keys(members)))]
  return {
    current: printOf(ca.certificate),
    authorities: Object.fromEntries(
      certificates.map((certificate) => [printOf(certificate), { certificate, expires: expiryOf(certificate) }]),
    ),
    members: Object.fromEntries(
      names.map((name) => [name, Object.fromEntries(all.flatMap((each) => memberOf(each, name)))]),
    ),
  }
}

function memberOf([print, { members }]: readonly [string, FormerAuthority], name: string) {
  const own = members[name]
  if (own === undefined) return []
  const { certificate, key } = own
  return [[print, { certificate, key, expires: expiryOf(certificate), names: namesIn(certificate) }] as const]
}

const namesIn = (certificate: string): readonly string[] =>
  (new X509Certificate(certificate).subjectAltName ?? '')
    .split(', ')
    .map((name) => name.replace(/^(DNS|IP Address):/, '').toLowerCase())
