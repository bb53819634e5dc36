import { operationSize } from '../../zookeeper/transaction.ts'
import type { Operation, ZooKeeper } from '../../zookeeper/zookeeper.ts'
import { checkHead } from '../apply.ts'
import { readIndex } from '../meta/manifest.ts'
import { objectReader } from '../meta/read.ts'
import { bytesAt, join, metaOf, recordAt } from '../path.ts'
import { pipelined } from '../pipelined.ts'
import type { TreePlan } from '../plan.ts'
import { divide } from '../transactions.ts'
import { decodeRecord } from './record.ts'

/** Whether a generation ends that was to be kept, or a run that did not finish may have left something. */
export const isTidyDue = ({ generation, history, seen }: TreePlan): boolean =>
  generation > history || seen?.head.applying != null

/**
 * Removes what no generation that is kept needs, once HEAD was moved to `version` by the plan. Every transaction checks HEAD, so that nothing is
 * removed that another run counts on; records go last, so that one which dies here leaves it to the next. Rejects with a ZooKeeperError, or a
 * Failure where what is kept can't be understood: then nothing is removed.
 */
export async function tidy(zk: ZooKeeper, plan: TreePlan, version: number): Promise<void> {
  const meta = metaOf(plan.name)
  const all = ((await zk.children(meta.history)) ?? []).filter((name) => /^\d{10}$/.test(name)).map(Number)
  const oldest = plan.generation - plan.history + 1
  const kept = all.filter((generation) => generation >= oldest && generation < plan.generation)
  const gone = all.filter((generation) => generation < oldest).sort((a, b) => a - b)
  const needed = new Set([...plan.manifest.objects.keys(), ...plan.manifest.acls])
  for (const names of await pipelined(kept, (generation) => neededBy(zk, plan, generation)))
    for (const name of names) needed.add(name)
  const bytes = await pipelined(gone, async (generation) => {
    const names = (await zk.children(recordAt(plan.name, generation))) ?? []
    return [...names.map((name) => bytesAt(plan.name, generation, name)), recordAt(plan.name, generation)]
  })
  const { stored, storedAcls } = plan.stored
  const paths = [
    ...[...stored].filter((name) => !needed.has(name)).map((name) => join(meta.manifest, name)),
    ...[...storedAcls].filter((key) => !needed.has(key)).map((key) => join(meta.acls, key)),
    ...bytes.flat(),
  ]
  const check = checkHead(plan, version)
  const deletes = paths.map((path): Operation => ({ do: 'delete', path, version: -1 }))
  for (const batch of divide(deletes, plan.limit, operationSize(check))) await zk.multi([check, ...batch])
}

/** Names of the objects and ACLs of a kept generation's manifest. */
async function neededBy(zk: ZooKeeper, { name }: TreePlan, generation: number): Promise<readonly string[]> {
  const step = `read the history of tree ${name}`
  const found = await zk.get(recordAt(name, generation))
  const root = found === null ? null : decodeRecord(found.data, step).root
  if (root === null) return []
  const { chunks, acl, acls } = readIndex(await objectReader(zk, name, step)(root), step)
  return [root, ...chunks, acl, ...acls]
}
