import { createHash } from 'node:crypto'
import { Secret } from '../model/secret.ts'

/**
 * The id of an ACL entry of scheme `digest`, and the value of `DigestAuthenticationProvider.superDigest`: `user:` and the base64 of the
 * sha1 of `user:password` (generateDigest in DigestAuthenticationProvider). It reveals no password, but is worth guarding.
 * ASCII only: the server turns what a client sends into text by the default charset of its JVM, which is ASCII in a cleared environment.
 */
export const digestId = (user: string, password: Secret): string =>
  `${user}:${createHash('sha1').update(`${user}:${password.reveal()}`).digest('base64')}`

/** What a client that is this user says in scheme `digest`: `user:password`. */
export const digestAuth = (user: string, password: Secret): Secret => new Secret(`${user}:${password.reveal()}`)

/** Tells one password from another without telling either, nor the id: hex of its sha256. */
export const digestPrint = (user: string, password: Secret): string =>
  createHash('sha256').update(digestId(user, password)).digest('hex')
