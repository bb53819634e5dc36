import { readAcl } from '../model/acl-text.ts'
import { Failure } from '../model/failure.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'

/** Digest ids as ZooKeeper keeps them, `user:base64 of sha1`, by the identity's name. */
export type Identities = Readonly<Record<string, string>>

/**
 * An ACL's text as ZooKeeper takes it; `digest:NAME:perms` names an identity, `digest:user:hash:perms` is taken as it is.
 * Throws a Failure, exit 3.
 */
export function parseAcl(text: string, identities: Identities, step: string): Acl {
  const refuse = (got: string, hint: string) => new Failure({ step, got: `acl ${text}: ${got}`, hint, exit: 3 })
  const acl = readAcl(text)
  if ('wrong' in acl) throw refuse(acl.wrong, 'write scheme:id:permissions such as world:anyone:r')
  if (acl.scheme !== 'digest' || acl.id.includes(':')) return acl
  const digest = Object.hasOwn(identities, acl.id) ? identities[acl.id] : undefined
  if (digest === undefined)
    throw refuse(`no identity ${acl.id}`, `identities are ${Object.keys(identities).join(', ')}`)
  return { ...acl, id: digest }
}

/** What is above a tree and its metadata: written by dman alone, read by the world. Throws a Failure, exit 3. */
export const ownAcl = (identities: Identities, step: string): readonly Acl[] =>
  ['digest:dman:cdrwa', 'world:anyone:r'].map((text) => parseAcl(text, identities, step))
