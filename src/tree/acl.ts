import { readAcl } from '../model/acl-text.ts'
import { Failure } from '../model/failure.ts'
import { isWithin } from '../model/znode-path.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'
import { metaOf } from './path.ts'

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

/** What is above a tree and the metadata of all: written by dman alone, read by the world. Throws a Failure, exit 3. */
export const ownAcl = (identities: Identities, step: string): readonly Acl[] =>
  ['digest:dman:cdrwa', 'world:anyone:r'].map((text) => parseAcl(text, identities, step))

/** A tree's metadata, with names and hashes of what is in it: written by dman alone, read by whoever may read the tree. */
export function metaAcl(acl: readonly Acl[], identities: Identities, step: string): readonly Acl[] {
  const dman = parseAcl('digest:dman:cdrwa', identities, step)
  const isDman = ({ scheme, id }: Acl) => scheme === dman.scheme && id === dman.id
  const readers = acl.filter((entry) => entry.perms.includes('r') && !isDman(entry))
  return [dman, ...distinct(readers.map(({ scheme, id }) => ({ scheme, id, perms: 'r' })))]
}

const distinct = (acl: readonly Acl[]): readonly Acl[] =>
  acl.filter(({ scheme, id }, index) => acl.findIndex((other) => other.scheme === scheme && other.id === id) === index)

/** What a znode of a tree's own folders is made with, above the tree and of its metadata. */
export const aclAt = (
  tree: { readonly name: string; readonly ownAcl: readonly Acl[]; readonly metaAcl: readonly Acl[] },
  path: string,
): readonly Acl[] => (isWithin(metaOf(tree.name).folder, path) ? tree.metaAcl : tree.ownAcl)

/**
 * In words how the ACL that is there differs from the wanted one; undefined where it does not, as far as it is shown to us, or where no
 * znode is there.
 */
export function aclDifference(path: string, want: readonly Acl[], live: readonly Acl[] | null): string | undefined {
  if (live === null) return undefined
  // The server shows `user:x` for a digest to those who may not administer the znode.
  const isMasked = live.some(({ scheme, id }) => scheme === 'digest' && id.endsWith(':x'))
  const comparable = (acl: readonly Acl[]) =>
    listed(acl, ({ scheme, id }) => (scheme === 'digest' && isMasked ? id.replace(/:[^:]*$/, ':x') : id))
  if (comparable(want) === comparable(live)) return undefined
  const shown = (acl: readonly Acl[]) =>
    listed(acl, ({ scheme, id }) => (scheme === 'digest' ? id.replace(/:[^:]*$/, '') : id))
  const has = `${shown(live)}${shown(live) === shown(want) ? ' with another password' : ''}`
  return `acl of ${path} differs: it has ${has}, wanted is ${shown(want)}; this version sets ACLs only on znodes that it creates`
}

const listed = (acl: readonly Acl[], idOf: (entry: Acl) => string): string =>
  [...new Set(acl.map((entry) => `${entry.scheme}:${idOf(entry)}:${inOrder(entry.perms)}`))].sort().join(' ')

const inOrder = (perms: string): string => 'cdrwa'.replace(/./g, (perm) => (perms.includes(perm) ? perm : ''))
