import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

// Loaded where a certificate is made, and nowhere else: nodes of ASN.1 are told by a library, signing is Node's own.

interface Subject {
  readonly name: string
  readonly organization?: string
}

export interface Issuer {
  readonly name: Subject | Name
  readonly key: KeyObject
}

export interface CertificateRequest {
  readonly subject: Subject
  readonly issuer: Issuer
  /** the public key that is certified */
  readonly key: KeyObject
  readonly serial: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  readonly use: { readonly is: 'authority' } | { readonly is: 'member'; readonly names: readonly string[] }
  /** ECDSA with SHA-256, as DER */
  readonly sign: (bytes: Uint8Array) => Buffer
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const [commonName, organizationName] = ['2.5.4.3', '2.5.4.10']

/** An X.509 certificate (RFC 5280), version 3, PEM. */
export function certificate(request: CertificateRequest): string {
  const signature = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
  const { issuer, subject, key, notBefore, notAfter } = request
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytesOf(request.serial),
    signature,
    issuer: issuer.name instanceof Name ? issuer.name : nameOf(issuer.name),
    validity: new Validity({ notBefore, notAfter }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: infoOf(key),
    extensions: new Extensions([...usesOf(request), ...keysOf(request)]),
  })
  const signed = new Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: signature,
    signatureValue: bytesOf(request.sign(new Uint8Array(AsnConvert.serialize(tbs)))),
  })
  return new X509Certificate(Buffer.from(AsnConvert.serialize(signed))).toString()
}

/** Who signs, as its own certificate names it. */
export function issuerOf(pem: string): Issuer {
  const read = new X509Certificate(pem)
  return { name: AsnConvert.parse(read.raw, Certificate).tbsCertificate.subject, key: read.publicKey }
}

function usesOf({ use }: CertificateRequest): Extension[] {
  if (use.is === 'authority')
    return [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
    ]
  const names = use.names.map((name) => new GeneralName(isIP(name) === 0 ? { dNSName: name } : { iPAddress: name }))
  return [
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(names)),
  ]
}

const keysOf = ({ key, issuer }: CertificateRequest): Extension[] => [
  extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(idOf(key))),
  extension(
    id_ce_authorityKeyIdentifier,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(idOf(issuer.key)) }),
  ),
]

const extension = (extnID: string, value: unknown, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })

const infoOf = (key: KeyObject) => AsnConvert.parse(key.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)

const idOf = (key: KeyObject): ArrayBuffer =>
  bytesOf(
    createHash('sha1')
      .update(Buffer.from(infoOf(key).subjectPublicKey))
      .digest(),
  )

function nameOf({ organization, name }: Subject): Name {
  const part = (type: string, utf8String: string) =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })])
  return new Name([
    ...(organization === undefined ? [] : [part(organizationName, organization)]),
    part(commonName, name),
  ])
}

/** The bytes alone: a Buffer may be a part of a larger piece of memory. */
const bytesOf = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer
