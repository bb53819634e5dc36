import { format } from './format.ts'

/** What names a certificate: the first 16 hex digits of the sha256 of its DER bytes. */
export type Print = string

/**
 * How a member talks to its peers. `off`: plainly; `mixed`: plainly, and it takes TLS, too; `tls`: by TLS, and it takes plain connections, too;
 * `strict`: by TLS alone.
 */
export const tlsModes = ['off', 'mixed', 'tls', 'strict'] as const
export type TlsMode = (typeof tlsModes)[number]

/** One of the stages on the way to TLS between members, to another CA, or back. */
export interface TlsStage {
  readonly mode: TlsMode
  /** the CAs whose certificates it takes, sorted; none while off */
  readonly trusts: readonly Print[]
  /** the CA of the certificate that it shows; empty while off */
  readonly issuer: Print
}

/** The stage that a conf release is made for, and what its certificate is good for; while off it is shown to clients alone. */
export interface TlsRelease extends TlsStage {
  /** ms since the epoch: when the member's certificate, or its CA's, is the first to expire; Infinity where it has none */
  readonly expires: number
  /** addresses and names in the member's certificate */
  readonly names: readonly string[]
}

export const tlsOff: TlsRelease = { mode: 'off', trusts: [], issuer: '', expires: Infinity, names: [] }

/** The file `tls` of a conf release; a release without one has no certificate. */
export const stageText = ({ mode, trusts, issuer, expires, names }: TlsRelease): string =>
  [
    `format: ${format}`,
    `mode: ${mode}`,
    `trusts: ${trusts.join(' ')}`,
    `issuer: ${issuer}`,
    `expires: ${new Date(expires).toISOString()}`,
    `names: ${names.join(' ')}`,
    '',
  ].join('\n')

/** What that file says; undefined where it is none of ours. */
export function stageIn(text: string): TlsRelease | undefined {
  const fields = new Map(
    text.split('\n').map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
  )
  const [mode, issuer, expires] = [fields.get('mode'), fields.get('issuer'), Date.parse(fields.get('expires') ?? '')]
  const known = tlsModes.find((each) => each === mode)
  if (known === undefined || issuer === undefined || Number.isNaN(expires)) return undefined
  const words = (key: string) => (fields.get(key) ?? '').split(' ').filter((word) => word !== '')
  return { mode: known, trusts: words('trusts'), issuer, expires, names: words('names') }
}

/** ms before a certificate expires in which `status` tells of it and `up` makes another. */
export const renewBefore = 90 * 86_400_000
