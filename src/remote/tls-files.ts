import { Secret } from '../model/secret.ts'
import { saidOf } from './records.ts'
import type { Reads } from './remote.ts'
import text from './tls-files.sh'

/** PEM both; left out what is not there. */
export interface TlsFiles {
  /** the member's key and certificate */
  readonly member?: Secret
  /** the CAs that it trusts */
  readonly trust?: string
}

/** What `current` on a host has of TLS between members, its private key too: for whoever lost secrets.json. */
export const tlsFiles: Reads<Readonly<Record<string, never>>, TlsFiles> = {
  name: 'tls-files',
  does: 'read its certificate and key',
  changes: false,
  text,
  variables: () => ({}),
  result: (records) => {
    const { 'member.pem': member, 'trust.pem': trust } = saidOf(records, 'file')
    return {
      ...(member === undefined ? {} : { member: new Secret(member) }),
      ...(trust === undefined ? {} : { trust }),
    }
  },
}
