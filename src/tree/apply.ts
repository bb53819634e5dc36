import { Failure } from '../model/failure.ts'
import { operationSize } from '../zookeeper/transaction.ts'
import { ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Operation, ZooKeeper } from '../zookeeper/zookeeper.ts'
import { encodeHead } from './head.ts'
import type { Applying, Generation, Head, Note } from './head.ts'
import { metaOf } from './path.ts'
import { headRoom } from './plan.ts'
import type { TreePlan } from './plan.ts'
import { divide, fits } from './transactions.ts'

export interface How {
  /** znodes written so far, of so many */
  readonly progress?: (done: number, total: number) => void
  /** looked at between transactions */
  readonly interrupted?: AbortSignal
}

/**
 * Applies a plan: one transaction that checks and moves HEAD, or, where that does not fit, `applying`, transactions that each
 * check HEAD's version, and HEAD last. Rejects with the session's ZooKeeperError; what that means for HEAD, settle tells.
 */
export async function commit(zk: ZooKeeper, plan: TreePlan, note: Note, how: How = {}): Promise<Head> {
  const { generation, path, manifest } = plan
  const next: Generation = { generation, path, root: manifest.root, ...only(note) }
  const head: Head = { ...next, applying: null }
  checkRoom(plan, head)
  if (plan.atOnce) {
    const { metaFolders, store, parents, operations, discard } = plan
    await zk.multi([...metaFolders, moveHead(plan, head, plan.seen), ...store, ...parents, ...operations, ...discard])
    how.progress?.(plan.operations.length, plan.operations.length)
    return head
  }
  const version = await announce(zk, plan, { ...next, abandoned: abandonedBy(plan) })
  await writeAll(zk, plan, version, how)
  await finish(zk, plan, head, version)
  return head
}

const only = ({ who, run, at, reason }: Note): Note => ({ who, run, at, reason })

function moveHead(plan: TreePlan, head: Head, seen: { version: number } | null): Operation {
  const path = metaOf(plan.name).head
  const data = encodeHead(head)
  return seen === null
    ? { do: 'create', path, data, acl: plan.metaAcl }
    : { do: 'set', path, data, version: seen.version }
}

/** Generation 0 owns nothing: what HEAD says before a first seed is finished. */
const nothingYet = (plan: TreePlan, note: Note): Head => ({
  ...only(note),
  generation: 0,
  root: null,
  path: plan.path,
  applying: null,
})

/** Makes HEAD of generation 0, where there is none: from then on there is a version to check. */
export async function makeHead(
  zk: ZooKeeper,
  plan: TreePlan,
  folders: readonly Operation[],
  note: Note,
): Promise<void> {
  await zk.multi([...folders, moveHead(plan, nothingYet(plan, note), null)])
}

const checkHead = (plan: TreePlan, version: number): Operation => ({
  do: 'check',
  path: metaOf(plan.name).head,
  version,
})

/** What earlier runs began and nobody finished stays owned until this one is. */
function abandonedBy({ seen }: TreePlan): readonly string[] {
  const dead = seen?.head.applying
  return dead == null ? [] : [...new Set([dead.root, ...dead.abandoned].filter((root) => root !== null))]
}

/** Stores the manifest and says `applying` in HEAD; resolves to HEAD's version after that. */
async function announce(zk: ZooKeeper, plan: TreePlan, applying: Applying): Promise<number> {
  if (plan.seen === null) await makeHead(zk, plan, plan.metaFolders, applying)
  const version = plan.seen?.version ?? 0
  const begun = moveHead(plan, { ...(plan.seen?.head ?? nothingYet(plan, applying)), applying }, { version })
  const batches = divide(plan.store, plan.limit, operationSize(begun))
  await pipeline(zk, checkHead(plan, version), batches.slice(0, -1))
  await zk.multi([begun, ...(batches.at(-1) ?? [])])
  return version + 1
}

async function writeAll(zk: ZooKeeper, plan: TreePlan, version: number, { progress, interrupted }: How): Promise<void> {
  const check = checkHead(plan, version)
  const batches = divide([...plan.parents, ...plan.operations], plan.limit, operationSize(check))
  const total = plan.operations.length
  let done = 0
  await pipeline(zk, check, batches, {
    before: () => {
      if (interrupted?.aborted === true) throw interruption(plan, true)
    },
    after: (count) => {
      done = Math.min(total, done + count)
      progress?.(done, total)
    },
  })
}

/** So many transactions under way: the server is never idle, and little is lost track of when the connection is. */
const underWay = 32

// A session keeps the order of its requests, so parents are there before their children without being waited for.
async function pipeline(
  zk: ZooKeeper,
  check: Operation,
  batches: readonly Operation[][],
  watch?: { before: () => void; after: (count: number) => void },
): Promise<void> {
  const queue = batches.values()
  const failed: unknown[] = []
  const worker = async (): Promise<void> => {
    try {
      for (const batch of queue) {
        if (failed.length > 0) return
        watch?.before()
        await zk.multi([check, ...batch])
        watch?.after(batch.length)
      }
    } catch (error) {
      failed.push(error)
    }
  }
  await Promise.all(Array.from({ length: Math.min(underWay, batches.length) }, worker))
  // Where any outcome is unknown, HEAD has to be fenced, whatever the others say.
  if (failed.length > 0) throw failed.find(isLost) ?? failed[0]
}

async function finish(zk: ZooKeeper, plan: TreePlan, head: Head, version: number): Promise<void> {
  const done = moveHead(plan, head, { version })
  const [discard = [], ...more] = divide(plan.discard, plan.limit, operationSize(done))
  await zk.multi([done, ...discard])
  for (const batch of more) await zk.multi([checkHead(plan, version + 1), ...batch])
}

// Of these it is certain that nothing was written; whatever else comes may have been, or may still be.
const refusals = [
  'BAD_VERSION',
  'NO_NODE',
  'NODE_EXISTS',
  'NOT_EMPTY',
  'NO_AUTH',
  'INVALID_ACL',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'QUOTA_EXCEEDED',
  'BAD_ARGUMENTS',
  'REQUEST_TOO_LARGE',
]

/** Whether a write may have been applied, or may still be. */
export const isLost = (error: unknown): boolean => error instanceof ZooKeeperError && !refusals.includes(error.code)

/** Whether a write was refused because what it was planned from is no longer so. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ZooKeeperError && refusals.slice(0, 4).includes(error.code)

function checkRoom(plan: TreePlan, head: Head): void {
  if (encodeHead(head).length * 2 < headRoom && fits([moveHead(plan, head, null)], plan.limit)) return
  throw new Failure({
    step: `seed tree ${plan.name}`,
    got: 'the reason is too long',
    hint: 'HEAD holds it: say it shorter',
    exit: 3,
  })
}

/** What Ctrl-C between two transactions is told as; `applying` says whether HEAD shows something begun. */
export const interruption = (plan: TreePlan, applying = plan.seen?.head.applying != null): Failure =>
  new Failure({
    step: `seed tree ${plan.name}`,
    got: applying
      ? `interrupted: HEAD shows generation ${plan.generation} as applying`
      : 'interrupted before it was begun',
    hint: applying ? 'run it again: it finishes what was begun' : 'run it again',
    exit: 130,
  })
