import { readAcl } from '../model/acl-text.ts'
import { type Classed, Failure } from '../model/failure.ts'
import { isWithin } from '../model/znode-path.ts'
import type { Acl } from '../zookeeper/zookeeper.ts'
import { type AclKey, hashOf } from './meta/manifest.ts'
import { metaOf } from './path.ts'

/** Digest ids as ZooKeeper keeps them, `user:base64 of sha1`, by the identity's name. */
export type Identities = Readonly<Record<string, string>>

/** An ACL of a tree: as an inventory has it, as ZooKeeper takes it, and the name that metadata has for it. */
export interface NamedAcl {
  readonly key: AclKey
  readonly texts: readonly string[]
  readonly acl: readonly Acl[]
}

/** A text that is no ACL, or names an identity that nobody has a password of. */
export class BadAcl extends Failure {
  override readonly name: string = 'BadAcl'
  constructor(what: Classed) {
    super({ ...what, exit: 3 })
  }
}

/**
 * An ACL's text as ZooKeeper takes it; `digest:NAME:perms` names an identity, `digest:user:hash:perms` is taken as it is.
 * Throws a BadAcl, exit 3.
 */
export function parseAcl(text: string, identities: Identities, step: string): Acl {
  const refuse = (got: string, hint: string) => new BadAcl({ step, got: `acl ${text}: ${got}`, hint })
  const acl = readAcl(text)
  if ('wrong' in acl) throw refuse(acl.wrong, 'write scheme:id:permissions such as world:anyone:r')
  if (acl.scheme !== 'digest' || acl.id.includes(':')) return acl
  const digest = Object.hasOwn(identities, acl.id) ? identities[acl.id] : undefined
  if (digest === undefined)
    throw refuse(`no identity ${acl.id}`, `identities are ${Object.keys(identities).join(', ')}`)
  return { ...acl, id: digest }
}

/**
 * The ACL and its key. The key changes when an identity's password does. dman's digest, which nobody else is shown, is hashed into it, so that
 * a reader can't try passwords against it.
 * Throws a Failure, exit 3, also where the ACL would keep dman from changing the znode ever again.
 */
export function namedAcl(texts: readonly string[], identities: Identities, step: string): NamedAcl {
  const acl = texts.map((text) => parseAcl(text, identities, step))
  const dman = dmanOf(identities, step)
  const held = permsIn(acl, dman)
  if (held !== dman.perms)
    throw new Failure({
      step,
      got: `acl ${texts.join(' ')}: it leaves dman no more than \`${held}\``,
      hint: 'add digest:dman:cdrwa, or no later run could change what has it',
      exit: 3,
    })
  const key = hashOf(`${dman.id}\n${listed(acl, ({ id }) => id)}`).slice(0, 22)
  return { key, texts, acl }
}

const dmanOf = (identities: Identities, step: string): Acl => parseAcl('digest:dman:cdrwa', identities, step)

/** What is above a tree and the metadata of all: written by dman alone, read by the world. Throws a Failure, exit 3. */
export const ownAcl = (identities: Identities, step: string): readonly Acl[] => [
  dmanOf(identities, step),
  parseAcl('world:anyone:r', identities, step),
]

/** What nobody else may read: former bytes, and who may read what. */
export const dmanAcl = (identities: Identities, step: string): readonly Acl[] => [dmanOf(identities, step)]

/**
 * A tree's metadata, with names and hashes of what is in it (and those of short secrets can be guessed): written by dman alone, read by
 * whoever may read every znode of it.
 */
export function metaAcl(all: readonly (readonly Acl[])[], identities: Identities, step: string): readonly Acl[] {
  const dman = dmanOf(identities, step)
  return [dman, ...commonReaders(all).filter((reader) => !isSame(reader, dman))]
}

/** Whoever may read all that has one of these ACLs; the world alone where it may. */
export function commonReaders(all: readonly (readonly Acl[])[]): readonly Acl[] {
  const readers = distinct([world, ...all.flat()])
  const common = readers.filter((reader) => all.every((acl) => permsIn(acl, reader).includes('r')))
  return common.some(isWorld) ? [world] : common.map(({ scheme, id }) => ({ scheme, id, perms: 'r' }))
}

const world: Acl = { scheme: 'world', id: 'anyone', perms: 'r' }
const isWorld = (entry: Acl): boolean => isSame(entry, world)
const isSame = (one: Acl, other: Acl): boolean => one.scheme === other.scheme && one.id === other.id

const distinct = (acl: readonly Acl[]): readonly Acl[] =>
  acl.filter((entry, index) => acl.findIndex((other) => isSame(entry, other)) === index)

/** What that identity may do, as one of the world, too. */
function permsIn(acl: readonly Acl[], who: Acl): string {
  const its = acl.filter((entry) => isSame(entry, who) || isWorld(entry))
  return inOrder(its.map(({ perms }) => perms).join(''))
}

/** What a znode of a tree's own folders is made with, above the tree and of its metadata. */
export function aclAt(
  tree: { readonly name: string } & Readonly<Record<'ownAcl' | 'metaAcl' | 'dmanAcl', readonly Acl[]>>,
  path: string,
): readonly Acl[] {
  const { folder, acls, history } = metaOf(tree.name)
  if (isWithin(acls, path) || isWithin(history, path)) return tree.dmanAcl
  return isWithin(folder, path) ? tree.metaAcl : tree.ownAcl
}

/** Whether the ACL that is there is the wanted one, as far as it is shown to us. */
export const isAcl = (live: readonly Acl[], want: readonly Acl[]): boolean =>
  live === want || comparable(live, isMasked(live, want)) === comparable(want, isMasked(live, want))

// The server shows `user:x` for a digest to those who may not administer the znode.
const isMasked = (live: readonly Acl[], want: readonly Acl[]): boolean =>
  live.some(({ scheme, id }) => scheme === 'digest' && id.endsWith(':x')) &&
  !live.some((entry) => entry.scheme === 'digest' && want.some((other) => isSame(entry, other)))

const comparable = (acl: readonly Acl[], masked: boolean): string =>
  listed(acl, ({ scheme, id }) => (scheme === 'digest' && masked ? id.replace(/:[^:]*$/, ':x') : id))

/** An ACL for people: no hash of a password. */
export const shownAcl = (acl: readonly Acl[]): string =>
  listed(acl, ({ scheme, id }) => (scheme === 'digest' ? id.replace(/:[^:]*$/, '') : id))

const listed = (acl: readonly Acl[], idOf: (entry: Acl) => string): string =>
  [...new Set(acl.map((entry) => `${entry.scheme}:${idOf(entry)}:${inOrder(entry.perms)}`))].sort().join(' ')

const inOrder = (perms: string): string => 'cdrwa'.replace(/./g, (perm) => (perms.includes(perm) ? perm : ''))

/** Whether dman may change the ACL that is there, as far as can be told from it. */
export const mayAdminister = (live: readonly Acl[], [dman]: readonly Acl[]): boolean =>
  live.some(
    (entry) => entry.perms.includes('a') && (entry.scheme !== 'digest' || dman === undefined || isSame(entry, dman)),
  )

/** Whether dman may do all to what has that ACL. */
export const mayAll = (live: readonly Acl[], [dman]: readonly Acl[]): boolean =>
  dman === undefined || permsIn(live, dman) === dman.perms

/**
 * The way from one ACL to another, in the order that nobody reads what he must not and dman is not locked out: what comes before the data
 * (what both allow, and all for dman) and what comes after it; left out where it changes nothing.
 */
export function aclSteps(
  live: readonly Acl[],
  want: readonly Acl[],
  [dman]: readonly Acl[],
): { readonly before?: readonly Acl[]; readonly after?: readonly Acl[] } {
  const all = distinct([...want, ...live])
  const shared = (who: Acl) =>
    permsIn(live, who).replace(/./g, (perm) => (permsIn(want, who).includes(perm) ? perm : ''))
  const isDman = (who: Acl) => dman !== undefined && isSame(who, dman)
  const loses = all.some((who) => shared(who) !== permsIn(live, who))
  if (!loses && mayAll(live, dman === undefined ? [] : [dman])) return { after: want }
  const both = all.flatMap((who) => {
    const perms = isDman(who) ? 'cdrwa' : shared(who)
    return perms === '' ? [] : [{ ...who, perms }]
  })
  const isEnough = want.every((who) => permsIn(both, who) === permsIn(want, who))
  return isEnough ? { before: want } : { before: both, after: want }
}
