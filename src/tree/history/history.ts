import { Refused } from '../../model/failure.ts'
import type { Reader } from '../../zookeeper/zookeeper.ts'
import { treeFailure } from '../failure.ts'
import { type AclKey, type Hash, isHash, readAclData } from '../meta/manifest.ts'
import { readHead, type SeenHead } from '../meta/read.ts'
import { damaged } from '../meta/stored.ts'
import { bytesAt, join, metaOf, recordAt } from '../path.ts'
import { pipelined } from '../pipelined.ts'
import { decodeRecord, type HistoryRecord } from './record.ts'

export interface History extends SeenHead {
  /** generations that are kept, the newest first; what was begun and not finished is none */
  readonly records: readonly HistoryRecord[]
}

/** What the history of a tree holds. Throws a Failure: exit 5 where the tree was never seeded or something can't be understood. */
export async function readHistory(zk: Reader, tree: { readonly name: string }): Promise<History> {
  const { name } = tree
  const step = `read the history of tree ${name}`
  try {
    await zk.sync(metaOf(name).history)
    const [seen, names] = await Promise.all([readHead(zk, tree), zk.children(metaOf(name).history)])
    if (seen === null || seen.head.generation === 0)
      throw new Refused({ step, got: 'it was never seeded', hint: '`seed` or `up` does it' })
    const generations = (names ?? []).filter((each) => /^\d{10}$/.test(each)).map(Number)
    const finished = generations.filter((each) => each <= seen.head.generation).sort((a, b) => b - a)
    const found = await pipelined(finished, (each) => zk.get(recordAt(name, each)))
    // One that is gone was tidied away meanwhile.
    return { ...seen, records: found.flatMap((record) => (record === null ? [] : [decodeRecord(record.data, step)])) }
  } catch (error) {
    throw treeFailure(tree, error)
  }
}

/**
 * Where bytes are that a generation replaced, by their hash: also one that was begun and not finished, for it replaces them from its first
 * write on.
 */
export async function readKept(zk: Reader, name: string, { head, records }: History): Promise<Map<Hash, string>> {
  const kept = new Map<Hash, string>()
  const finished = records.map(({ generation }) => generation)
  const generations = head.applying === null ? finished : [...finished, head.generation + 1]
  const all = await pipelined(generations, async (generation) => {
    const names = (await zk.children(recordAt(name, generation))) ?? []
    return names.filter(isHash).map((hash) => [hash, bytesAt(name, generation, hash)] as const)
  })
  for (const [hash, path] of all.flat()) kept.set(hash, path)
  return kept
}

/** ACLs by their keys, as an inventory has them. Throws a ZooKeeperError, or a Failure, exit 5, where one is missing or damaged. */
export async function readStoredAcls(
  zk: Reader,
  name: string,
  keys: readonly AclKey[],
): Promise<ReadonlyMap<AclKey, readonly string[]>> {
  const step = `read the ACLs of tree ${name}`
  const found = await pipelined(new Set(keys), async (key) => {
    const stored = await zk.get(join(metaOf(name).acls, key))
    if (stored === null) throw damaged(step, `${key} is missing`)
    return [key, readAclData(stored.data, step)] as const
  })
  return new Map(found)
}
