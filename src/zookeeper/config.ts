import { present } from '../model/fact.ts'
import type { Fact } from '../model/fact.ts'
import { formatProperties, parseProperties } from './properties.ts'

export { formatMember, member, parseConfigNode, parseMember, sameMember } from './members.ts'
export type { Endpoint, EnsembleConfig, Member } from './members.ts'

export type ZooCfg = ReadonlyMap<string, string>

// Java's trim takes all control characters too.
const trim = (text: string): string => text.replace(/^[\0- ]+|[\0- ]+$/g, '')

/** Reads a zoo.cfg as ZooKeeper does (parse in QuorumPeerConfig): Java's properties, keys and values trimmed. */
export function parseZooCfg(text: string): Fact<ZooCfg> {
  const entries = parseProperties(text)
  if (entries.is !== 'present') return entries
  return present(new Map(Array.from(entries.value, ([key, value]) => [trim(key), trim(value)])))
}

/**
 * Writes a zoo.cfg, one `key=value` a line in the given order. White space around a value does not survive ZooKeeper's reading.
 * A value that `survivesRewrite` refuses is right only until the server rewrites the file.
 */
export const formatZooCfg = (entries: Iterable<readonly [string, string]>): string => formatProperties(entries)

/** Whether a setting still means the same after the server wrote it into its zoo.cfg itself, which it does without any escape. */
export const survivesRewrite = (key: string, value: string): boolean =>
  formatProperties([[key, value]]) === `${key}=${value}\n` && trim(key) === key && trim(value) === value

/** Whether two configurations say the same, but for the keys that `except` names. */
export function sameZooCfg(one: ZooCfg, other: ZooCfg, except: (key: string) => boolean = () => false): boolean {
  const keys = [...new Set([...one.keys(), ...other.keys()])]
  return keys.every((key) => except(key) || one.get(key) === other.get(key))
}
