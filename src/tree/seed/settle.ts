import { type ZooKeeper, ZooKeeperError } from '../../zookeeper/zookeeper.ts'
import { aclAt } from '../acl.ts'
import { makeHead } from '../apply.ts'
import { isConflict } from '../apply/outcome.ts'
import type { Head, Note } from '../meta/head.ts'
import { readHead, type SeenHead } from '../meta/read.ts'
import { metaFolders, metaOf } from '../path.ts'
import { pipelined } from '../pipelined.ts'
import type { TreePlan } from '../plan.ts'

/**
 * What became of a commit: it is applied; it is not and never will be (without a `fence` where another run's may still come); or someone
 * else's is there instead.
 */
export type Settled = { is: 'applied'; head: Head } | { is: 'open'; fence: Fence | undefined } | { is: 'superseded' }

/** HEAD's version (null: there is none) up to which nothing sent before can come to be applied. */
export type Fence = number | null

/**
 * What HEAD proves of a commit that was refused or whose reply was `lost`. HEAD showing our run proves success; showing the old
 * one proves nothing, for a request may still be under way in a server that hangs, until a conditional write has moved HEAD's
 * version (docs/design.md, Trees; case 32). Rejects with a ZooKeeperError where that can't be told now.
 */
export async function settle(zk: ZooKeeper, plan: TreePlan, note: Note, lost: boolean): Promise<Settled> {
  for (let tries = 0; tries < 20; tries++) {
    await zk.sync(metaOf(plan.name).head)
    const seen = await readHead(zk, plan)
    const head = seen?.head
    if (head?.run === note.run && head.generation === plan.generation) return { is: 'applied', head }
    if (head !== undefined && isOthers(head, plan, note)) return { is: 'superseded' }
    if (!lost) return { is: 'open', fence: fenceSeen(seen, note) }
    const fence = await moved(zk, plan, note, seen)
    if (fence !== 'again') return { is: 'open', fence }
  }
  throw new ZooKeeperError('OPERATION_TIMEOUT', 'HEAD was moved again and again')
}

/** Whether HEAD shows what another run finished or took over since the plan was made. */
export function isOthers(head: Head, plan: TreePlan, note: Note): boolean {
  if (head.generation !== (plan.seen?.head.generation ?? 0)) return true
  const begun = head.applying?.run
  return begun !== undefined && begun !== note.run && begun !== plan.seen?.head.applying?.run
}

/** The version that HEAD is at; none where another run is applying, for who was fenced off may live, and have begun again at that version. */
function fenceSeen(seen: SeenHead | null, { run }: Note): Fence | undefined {
  const begun = seen?.head.applying?.run ?? run
  return begun === run ? (seen?.version ?? null) : undefined
}

/** Moves HEAD's version and leaves what it says; `again` where someone was faster. */
async function moved(zk: ZooKeeper, plan: TreePlan, note: Note, seen: SeenHead | null): Promise<Fence | 'again'> {
  try {
    if (seen === null) {
      const folders = metaFolders(plan.name)
      const there = await pipelined(folders, (path) => zk.exists(path))
      const missing = folders.filter((_, index) => there[index] === null)
      const creates = missing.map(
        (path) => ({ do: 'create', path, data: Buffer.alloc(0), acl: aclAt(plan, path) }) as const,
      )
      await makeHead(zk, plan, creates, note)
      return 0
    }
    const { data, version } = seen
    await zk.multi([{ do: 'set', path: metaOf(plan.name).head, data, version }])
    return version + 1
  } catch (error) {
    if (error instanceof ZooKeeperError && isConflict(error)) return 'again'
    throw error
  }
}

/** Moves HEAD's version, so that nothing of the dead run that left `applying` comes later; `again` where someone was faster. */
export async function fenceOff(zk: ZooKeeper, plan: TreePlan, note: Note): Promise<Fence | 'again'> {
  return plan.seen === null ? null : moved(zk, plan, note, plan.seen)
}
