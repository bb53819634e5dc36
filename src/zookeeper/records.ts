import jute from 'node-zookeeper-client/lib/jute/index.js'
import type { Acl as WireAcl, Stat as WireStat } from 'node-zookeeper-client/lib/jute/index.js'
import { readRecord } from './packets.ts'
import { ZooKeeperError } from './zookeeper.ts'
import type { Acl, Stat } from './zookeeper.ts'

const permissions = [
  ['c', 4],
  ['d', 8],
  ['r', 1],
  ['w', 2],
  ['a', 16],
] as const

const hex = (long: Buffer): string => long.toString('hex')
const milliseconds = (long: Buffer): number => Number(long.readBigInt64BE())

const statOf = (stat: WireStat): Stat => ({
  czxid: hex(stat.czxid),
  mzxid: hex(stat.mzxid),
  ctime: milliseconds(stat.ctime),
  mtime: milliseconds(stat.mtime),
  version: stat.version,
  cversion: stat.cversion,
  aversion: stat.aversion,
  ephemeralOwner: hex(stat.ephemeralOwner),
  dataLength: stat.dataLength,
  numChildren: stat.numChildren,
})

/** ACL entries as records of the wire. Throws BAD_ARGUMENTS for a permission that is none of `cdrwa`. */
export const wireAcl = (acl: readonly Acl[]): WireAcl[] =>
  acl.map(({ scheme, id, perms }) => new jute.data.ACL(bitsOf(perms), new jute.data.Id(scheme, id)))

function bitsOf(perms: string): number {
  const known = new Map<string, number>(permissions)
  return Array.from(perms).reduce((bits, letter) => {
    const bit = known.get(letter)
    if (bit === undefined) throw new ZooKeeperError('BAD_ARGUMENTS', `there is no permission ${letter}`)
    return bits | bit
  }, 0)
}

/** A version as it goes over the wire. Throws BAD_ARGUMENTS for what is none: the library would send it as 0, or not at all. */
export function exact(version: number): number {
  if (version === (version | 0)) return version
  throw new ZooKeeperError('BAD_ARGUMENTS', `${version} is no version`)
}

const aclOf = (entry: WireAcl): Acl => ({
  scheme: entry.id.scheme ?? '',
  id: entry.id.id ?? '',
  perms: permissions.filter(([, bit]) => (entry.perms & bit) !== 0).reduce((text, [letter]) => text + letter, ''),
})

/** The readers of answers. Each throws where the bytes are not exactly what it reads. */
export const read = {
  stat: (body: Buffer): Stat => statOf(readRecord(new jute.protocol.ExistsResponse(), body).stat),

  /** Data that was never set (null) comes as an empty Buffer. */
  data: (body: Buffer): { data: Buffer; isNull: boolean; stat: Stat } => {
    // The length is looked at first: the library would make room for whatever it says.
    const length = body.readInt32BE(0)
    if (length < -1 || length > body.length - 4) throw new RangeError(`data of ${length} bytes in ${body.length}`)
    const { data, stat } = readRecord(new jute.protocol.GetDataResponse(), body)
    return { data: data ?? Buffer.alloc(0), isNull: length === -1, stat: statOf(stat) }
  },

  children: (body: Buffer): readonly string[] =>
    (readRecord(new jute.protocol.GetChildren2Response(), body).children ?? []).sort(),

  acl: (body: Buffer): { acl: readonly Acl[]; stat: Stat } => {
    const { acl, stat } = readRecord(new jute.protocol.GetACLResponse(), body)
    return { acl: (acl ?? []).map(aclOf), stat: statOf(stat) }
  },

  path: (body: Buffer): void => void readRecord(new jute.protocol.CreateResponse(), body),
}
