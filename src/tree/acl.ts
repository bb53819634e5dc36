import { Failure } from '../model/failure.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'

/** Digest ids as ZooKeeper keeps them, `user:base64 of sha1`, by the identity's name. */
export type Identities = Readonly<Record<string, string>>

const schemes = ['world', 'digest', 'ip', 'sasl']

/**
 * `scheme:id:perms` as ZooKeeper takes it; `digest:NAME:perms` names an identity, `digest:user:hash:perms` is taken as it is.
 * Throws a Failure, exit 3.
 */
export function parseAcl(text: string, identities: Identities, step: string): Acl {
  const refuse = (got: string, hint: string) => new Failure({ step, got: `acl ${text}: ${got}`, hint, exit: 3 })
  const [, scheme = '', id = '', perms = ''] = /^([^:]*):(.*):([^:]*)$/s.exec(text) ?? []
  if (!schemes.includes(scheme)) throw refuse('not scheme:id:perms', `schemes are ${schemes.join(', ')}`)
  if (!/^[cdrwa]+$/.test(perms) || new Set(perms).size !== perms.length)
    throw refuse(`no such permissions: ${perms}`, 'permissions are letters of cdrwa, each once')
  if (scheme === 'world' && id !== 'anyone') throw refuse('no such id', 'the only id of world is anyone')
  if (scheme !== 'digest' || id.includes(':')) return { scheme, id, perms }
  const digest = Object.hasOwn(identities, id) ? identities[id] : undefined
  if (digest === undefined) throw refuse(`no identity ${id}`, `identities are ${Object.keys(identities).join(', ')}`)
  return { scheme, id: digest, perms }
}

/** What is above a tree and its metadata: written by dman alone, read by the world. Throws a Failure, exit 3. */
export const ownAcl = (identities: Identities, step: string): readonly Acl[] =>
  ['digest:dman:cdrwa', 'world:anyone:r'].map((text) => parseAcl(text, identities, step))
