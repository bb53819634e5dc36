import { Failure, Interrupted } from '../model/failure.ts'
import { emptyTransaction, operationSize } from '../zookeeper/transaction.ts'
import { type Operation, type ZooKeeper, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import { shownAcl } from './acl.ts'
import { applyBatches } from './apply/batches.ts'
import { throwWorst } from './apply/outcome.ts'
import { withMade } from './made.ts'
import { type Applying, encodeHead, type Head, type Note } from './meta/head.ts'
import { hashOf } from './meta/manifest.ts'
import { metaOf } from './path.ts'
import { pipelined } from './pipelined.ts'
import { headRoom, type TreePlan } from './plan.ts'
import { type AclEdit, type Edit, withoutBytes } from './plan/change.ts'
import { headAndRecord, madeBefore, moveHead, nextGeneration, nextHead, noteIn, recordOf } from './plan/heads.ts'
import { keeping, keepingSize } from './plan/keeping.ts'
import { divide, fits, fitsBatch } from './transactions.ts'

export interface How {
  /** znodes written so far, of so many */
  readonly progress?: (done: number, total: number) => void
  /** looked at between transactions */
  readonly interrupted?: AbortSignal
}

/** What was applied, and HEAD's version since. */
export interface Committed {
  readonly head: Head
  readonly version: number
}

/**
 * Applies a plan: one transaction that checks and moves HEAD, or, where that does not fit or ACLs change, `applying`, transactions that each
 * check HEAD's version, and HEAD last. Rejects with the session's ZooKeeperError; what that means for HEAD, settle tells.
 */
export async function commit(zk: ZooKeeper, plan: TreePlan, note: Note, how: How = {}): Promise<Committed> {
  const head = nextHead(plan, note)
  checkRoom(plan, head)
  if (plan.atOnce) {
    const { metaFolders, store, parents, operations } = plan
    const bytes = await keep(zk, plan, operations)
    await zk.multi([...metaFolders, ...headAndRecord(plan, note), ...store, ...parents, ...bytes, ...operations])
    how.progress?.(plan.operations.length, plan.operations.length)
    return { head, version: plan.seen === null ? 0 : plan.seen.version + 1 }
  }
  const version = await announce(zk, plan, { ...nextGeneration(plan, note), abandoned: abandonedBy(plan) })
  // No batch is sent before that is answered: meanwhile another run may bring HEAD to the very version that the batch checks.
  await setAcls(zk, plan, version, plan.acls.before, how)
  const made = await writeAll(zk, plan, version, how)
  await setAcls(zk, plan, version, plan.acls.after, how)
  const last: Head = { ...head, made: withMade(head.made, made) }
  await zk.multi([moveHead(plan, last, { version })])
  return { head: last, version: version + 1 }
}

/** Generation 0 owns nothing: what HEAD says before a first seed is finished. */
const nothingYet = (plan: TreePlan, note: Note): Head => ({
  ...noteIn(note),
  generation: 0,
  root: null,
  path: plan.path,
  applying: null,
  made: [],
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

export const checkHead = (plan: TreePlan, version: number): Operation => ({
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
  await tryAcls(zk, plan)
  const version = plan.seen?.version ?? 0
  const head = moveHead(
    plan,
    { ...(plan.seen?.head ?? nothingYet(plan, applying)), applying, made: madeBefore(plan) },
    { version },
  )
  const beginning = [head, recordOf(plan, applying)]
  const stored = [...(plan.seen === null ? [] : plan.metaFolders), ...plan.store]
  if (fitsBatch([...beginning, ...stored], plan.limit)) await zk.multi([...beginning, ...stored])
  else {
    const check = checkHead(plan, version)
    await applyBatches(zk, check, divide(stored, plan.limit, operationSize(check)))
    // Who tidies up behind the generation before does not know of these yet.
    const made = stored.filter((operation) => operation.do === 'create')
    await zk.multi([...beginning, ...made.map(({ path }): Operation => ({ do: 'check', path, version: -1 }))])
  }
  return version + 1
}

/**
 * Makes a znode with each ACL that some servers do not take (an IPv6 address, `sasl` without its provider), and removes it in the same
 * transaction: INVALID_ACL has to come before HEAD says `applying`, which no run could finish then.
 */
async function tryAcls(zk: ZooKeeper, plan: TreePlan): Promise<void> {
  const created = plan.operations.flatMap((edit) => (edit.do === 'create' ? [edit.acl] : []))
  const all = new Set([...created, ...[...plan.acls.before, ...plan.acls.after].map(({ acl }) => acl)])
  const doubtful = [...all].filter((acl) => acl.some(({ scheme }) => scheme !== 'world' && scheme !== 'digest'))
  const distinct = new Map(doubtful.map((acl) => [JSON.stringify(acl), acl]))
  const path = `${metaOf(plan.name).folder}/trial`
  await pipelined(distinct.values(), async (acl) => {
    try {
      await zk.multi([
        { do: 'create', path, data: Buffer.alloc(0), acl },
        { do: 'delete', path, version: 0 },
      ])
    } catch (error) {
      if (!(error instanceof ZooKeeperError) || error.code !== 'INVALID_ACL') throw error
      throw new ZooKeeperError(error.code, shownAcl(acl))
    }
  })
}

/** What the edits replace, as creates for the history. Rejects with BAD_VERSION where it is no longer what was planned. */
const keep = (zk: ZooKeeper, plan: TreePlan, edits: readonly Edit[]): Promise<Operation[]> =>
  pipelined(
    edits.filter(({ replaces }) => replaces !== undefined),
    async ({ path, replaces }) => {
      const found = await zk.get(path)
      if (found === null || replaces === undefined || hashOf(found.data) !== replaces.hash)
        throw new ZooKeeperError('BAD_VERSION', `${path} was changed since it was planned`)
      return keeping(plan, plan.generation, replaces.hash, found.data)
    },
  )

async function writeAll(zk: ZooKeeper, plan: TreePlan, version: number, how: How): Promise<string[]> {
  const check = checkHead(plan, version)
  const room = operationSize(check)
  const sizeOf = (edit: Edit) => operationSize(edit) + keepingSize(plan, plan.generation, edit)
  const isLarge = (edit: Edit) => emptyTransaction + room + sizeOf(edit) > plan.limit
  // Two large values don't fit into one request: the former is kept before.
  for (const edit of plan.operations.filter(isLarge)) await zk.multi([check, ...(await keep(zk, plan, [edit]))])
  const edits = plan.operations.map((edit): Edit => (isLarge(edit) ? withoutBytes(edit) : edit))
  const total = edits.length
  let done = 0
  return applyBatches(zk, check, divide([...plan.parents, ...edits], plan.limit, room, sizeOf), {
    prepare: (batch) => keep(zk, plan, batch),
    before: () => stopIf(plan, how),
    after: (count) => {
      done = Math.min(total, done + count)
      how.progress?.(done, total)
    },
  })
}

function stopIf(plan: TreePlan, { interrupted }: How): void {
  if (interrupted?.aborted === true) throw interruption(plan, true)
}

/** So many ACLs are set before HEAD is looked at once more. */
const aclsAtOnce = 500

// No transaction can check HEAD along with these: each names what it expects, and HEAD is checked before them. The last is for itself,
// since it tells that the others are done.
async function setAcls(
  zk: ZooKeeper,
  plan: TreePlan,
  version: number,
  all: readonly AclEdit[],
  how: How,
): Promise<void> {
  for (let at = 0; at < all.length;) {
    const batch = all.slice(at, Math.max(at + 1, Math.min(at + aclsAtOnce, all.length - 1)))
    at += batch.length
    stopIf(plan, how)
    await zk.multi([checkHead(plan, version)])
    const outcomes = await Promise.allSettled(batch.map((edit) => zk.setAcl(edit.path, edit.acl, edit.version)))
    throwWorst(outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : [])))
  }
}

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
  new Interrupted({
    step: `seed tree ${plan.name}`,
    got: applying
      ? `interrupted: HEAD shows generation ${plan.generation} as applying`
      : 'interrupted before it was begun',
    hint: applying ? 'run it again: it finishes what was begun' : 'run it again',
  })
