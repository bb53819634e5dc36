import type { HostName } from './names.ts'
import type { Secret } from './secret.ts'
import type { Print } from './tls-stage.ts'

/** The certificates at hand: of CAs, and of members by the CA that signed them. */
export interface TlsMaterials {
  /** the CA that members are to come to */
  readonly current: Print
  readonly authorities: Readonly<Record<Print, { readonly certificate: string; readonly expires: number }>>
  readonly members: Readonly<Record<HostName, Readonly<Record<Print, MemberCertificate>>>>
}

/** PEM both; `expires` in ms since the epoch. */
export interface MemberCertificate {
  readonly certificate: string
  readonly key: Secret
  readonly expires: number
  readonly names: readonly string[]
}
