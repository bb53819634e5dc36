import type { Acl as WireAcl } from 'node-zookeeper-client/lib/jute/index.js'
import jute from 'node-zookeeper-client/lib/jute/index.js'
import { fillRecord } from './packets.ts'
import { endOf, exactly, putInt, putText, textSize } from './wire.ts'
import { type Acl, type Stat, ZooKeeperError } from './zookeeper.ts'

const permissions = [
  ['c', 4],
  ['d', 8],
  ['r', 1],
  ['w', 2],
  ['a', 16],
] as const

const bitOf = new Map<string, number>(permissions)

function bitsOf(perms: string): number {
  return Array.from(perms).reduce((bits, letter) => {
    const bit = bitOf.get(letter)
    if (bit === undefined) throw new ZooKeeperError('BAD_ARGUMENTS', `there is no permission ${letter}`)
    return bits | bit
  }, 0)
}

/** ACL entries as records of the wire. Throws BAD_ARGUMENTS for a permission that is none of `cdrwa`. */
export const wireAcl = (acl: readonly Acl[]): WireAcl[] =>
  acl.map(({ scheme, id, perms }) => new jute.data.ACL(bitsOf(perms), new jute.data.Id(scheme, id)))

/** Thousands of znodes are made with the same few ACLs. */
const encoded = new WeakMap<readonly Acl[], Buffer>()

/** An ACL as bytes of the wire. Throws as wireAcl. */
export function aclBytes(acl: readonly Acl[]): Buffer {
  const known = encoded.get(acl)
  if (known !== undefined) return known
  const bytes = Buffer.alloc(acl.reduce((size, { scheme, id }) => size + 4 + textSize(scheme) + textSize(id), 4))
  acl.reduce(
    (at, { scheme, id, perms }) => putText(bytes, putText(bytes, putInt(bytes, at, bitsOf(perms)), scheme), id),
    putInt(bytes, 0, acl.length),
  )
  encoded.set(acl, bytes)
  return bytes
}

/** A version as it goes over the wire. Throws BAD_ARGUMENTS for what is none: the library would send it as 0, or not at all. */
export function exact(version: number): number {
  if (version === (version | 0)) return version
  throw new ZooKeeperError('BAD_ARGUMENTS', `${version} is no version`)
}

/** Bytes of a Stat. */
export const statSize = 68

const long = (from: Buffer, at: number): string => from.toString('hex', at, at + 8)

/** The Stat at an offset. Throws a RangeError where the bytes are too few. */
export function statAt(from: Buffer, at: number): Stat {
  if (at + statSize > from.length) throw new RangeError('a Stat that is cut short')
  return {
    czxid: long(from, at),
    mzxid: long(from, at + 8),
    version: from.readInt32BE(at + 32),
    aversion: from.readInt32BE(at + 40),
    ephemeralOwner: long(from, at + 44),
    dataLength: from.readInt32BE(at + 52),
    numChildren: from.readInt32BE(at + 56),
  }
}

/** The Stat that is the rest of an answer. */
function lastStat(from: Buffer, at: number): Stat {
  exactly(from, at + statSize)
  return statAt(from, at)
}

const permsOf = (bits: number): string =>
  permissions.reduce((text, [letter, bit]) => ((bits & bit) === 0 ? text : text + letter), '')

/** The ACL that these bytes are, the number of its entries first; -1 for none at all. */
function aclIn(from: Buffer): readonly Acl[] {
  const acl: Acl[] = []
  for (let at = 4; at < from.length;) {
    const idAt = endOf(from, at + 4)
    const next = endOf(from, idAt)
    const [scheme, id] = [from.toString('utf8', at + 8, idAt), from.toString('utf8', idAt + 4, next)]
    acl.push({ scheme, id, perms: permsOf(from.readInt32BE(at)) })
    at = next
  }
  const count = Math.max(0, from.readInt32BE(0))
  if (acl.length !== count) throw new RangeError(`an ACL of ${acl.length} entries where ${count} were due`)
  return acl
}

// Thousands of znodes have the same few ACLs: while one comes after itself, it is read and held once.
let last: { readonly bytes: Buffer; readonly acl: readonly Acl[] } = { bytes: Buffer.alloc(4), acl: [] }

/** The readers of answers. Each throws where the bytes are not exactly what it reads. */
export const read = {
  stat: (body: Buffer): Stat => lastStat(body, 0),

  /** Data that was never set (null) comes as an empty Buffer. It is a copy: what came with it need not be held for it. */
  data: (body: Buffer): { data: Buffer; isNull: boolean; stat: Stat } => {
    const end = endOf(body, 0)
    return { data: Buffer.from(body.subarray(4, end)), isNull: body.readInt32BE(0) === -1, stat: lastStat(body, end) }
  },

  children: (body: Buffer): readonly string[] =>
    (fillRecord(new jute.protocol.GetChildren2Response(), body).children ?? []).sort(),

  acl: (body: Buffer): { acl: readonly Acl[]; stat: Stat } => {
    const end = Math.max(0, body.length - statSize)
    const bytes = body.subarray(0, end)
    if (!bytes.equals(last.bytes)) last = { acl: aclIn(bytes), bytes: Buffer.from(bytes) }
    return { acl: last.acl, stat: lastStat(body, end) }
  },

  path: (body: Buffer): void => exactly(body, endOf(body, 0)),
}
