import type { Encodable } from 'node-zookeeper-client/lib/jute/index.js'
import { type EnsembleConfig, formatMember, parseConfigNode } from './config.ts'
import { read } from './records.ts'
import { type Reconfig, ZooKeeperError } from './zookeeper.ts'

/** A string of jute: its length and bytes; null is the length -1. */
function text(value: string | null): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(value ?? '')])
}

/** The body of a reconfig's request (ReconfigRequest of zookeeper.jute): joining, leaving, all members, the version it is made from. */
export function reconfigBody({ joining, leaving, from }: Reconfig): Encodable {
  // An empty one and -1 would be a change from any version.
  if (!/^[0-9a-f]{1,16}$/.test(from)) throw new ZooKeeperError('BAD_ARGUMENTS', `reconfig: ${from} is no version`)
  const version = Buffer.alloc(8)
  version.writeBigUInt64BE(BigInt(`0x${from}`))
  const list = (words: readonly (string | number)[]) => text(words.length === 0 ? null : words.join(','))
  const bytes = Buffer.concat([list(joining.map(formatMember)), list(leaving), text(null), version])
  return { byteLength: () => bytes.length, serialize: (into, offset) => bytes.copy(into, offset) }
}

/** Who belongs from now on: the answer is that of a get of /zookeeper/config. */
export function readReconfig(body: Buffer): EnsembleConfig {
  const config = parseConfigNode(read.data(body).data)
  if (config.is !== 'present') throw new RangeError('an answer that lists no members')
  return config.value
}
