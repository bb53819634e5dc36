import { setTimeout } from 'node:timers/promises'
import type { TreeStatus } from '../model/documents.ts'
import type { Emit } from '../model/event.ts'
import { Failure, failuresOf, Refused, throwAll, wordsOf } from '../model/failure.ts'
import { type Reader, type ZooKeeper, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import { commit, type Committed, interruption } from './apply.ts'
import { isConflict, isLost } from './apply/outcome.ts'
import type { Tree } from './desired.ts'
import { treeFailure } from './failure.ts'
import { isTidyDue, tidy } from './history/tidy.ts'
import type { Head, Note } from './meta/head.ts'
import { observeTree } from './observe.ts'
import { isEmpty, planTree, type TreeChange, type TreePlan } from './plan.ts'
import type { WouldShrink } from './plan/shrinking.ts'
import { lookTwice } from './saved.ts'
import { isOvertaken } from './seed/rivals.ts'
import { type Sessions, sessionsOf } from './seed/sessions.ts'
import { type Fence, fenceOff, settle } from './seed/settle.ts'
import { treeStatusOf } from './status.ts'

export interface Seeding {
  /** opens a session, of the identity dman; called again where one is lost */
  readonly open: () => Promise<ZooKeeper>
  readonly note: Note
  readonly emit: Emit
  /** looked at between transactions */
  readonly interrupted?: AbortSignal
  readonly allowShrink?: boolean
  /** asked where too much would be deleted and that is not allowed ahead; rejects where it may not be */
  readonly permit?: (refusal: WouldShrink) => Promise<void>
  readonly dryRun?: boolean
  /** the generation that the trees were made from, where that must still be the current one */
  readonly from?: number
  /** told each plan before it is applied: once, and again where it had to be made anew and differs */
  readonly onPlan?: (plan: TreePlan) => void
  /** throws where a plan may not be applied; `round` counts from 0 and goes up with each plan made anew */
  readonly accept?: (plan: TreePlan, round: number) => void
  readonly sleep?: (ms: number) => Promise<unknown>
}

/** A tree's status after its seed, and what was changed (or would be, in a dry run). */
export interface Seeded extends TreeStatus {
  readonly changes: readonly TreeChange[]
  readonly remarks: readonly string[]
  /** in a dry run: why the real run would not apply it */
  readonly refusals: readonly Failure[]
}

/**
 * Makes the znodes of each tree what its source says, one tree after the other. Throws a Failure: exit 5 where too much would be
 * deleted or the metadata can't be understood, exit 1 where someone else was faster or ZooKeeper does not answer. Every
 * failure leaves what another run finishes. What is refused of one tree keeps no other from being written, and is thrown after them.
 */
export async function seedTrees(trees: readonly Tree[], seeding: Seeding): Promise<Seeded[]> {
  const sessions = sessionsOf(seeding.open, seeding.sleep ?? setTimeout)
  const seeded: Seeded[] = []
  const failed: Failure[] = []
  try {
    for (const tree of trees) {
      try {
        seeded.push(await seedTree(tree, sessions, seeding))
      } catch (thrown) {
        failed.push(...failuresOf(thrown))
        if (!isOfOne(thrown)) break
      }
    }
  } finally {
    await sessions.end()
  }
  throwAll(failed)
  return seeded
}

/** What keeps one tree from being written, and says nothing of the others. */
const isOfOne = (thrown: unknown): boolean =>
  thrown instanceof Refused ||
  (thrown instanceof Failure && thrown.cause instanceof ZooKeeperError && !isLost(thrown.cause))

/** The plans of all trees, from one look at each, as they would be noted. Throws as planTree. */
export const planTrees = (zk: Reader, trees: readonly Tree[], note: Note): Promise<TreePlan[]> =>
  Promise.all(trees.map((tree) => planNow(zk, tree, note)))

/** The plans that can be made, and why the others can't. Throws a ZooKeeperError where the session is lost. */
export async function planEach(
  zk: Reader,
  trees: readonly Tree[],
  note: Note,
): Promise<{ plans: readonly TreePlan[]; unread: readonly Failure[] }> {
  const outcomes = await Promise.allSettled(trees.map((tree) => planNow(zk, tree, note)))
  const failed = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const lost = failed.find((reason) => isLost(reason))
  if (lost instanceof Error) throw lost
  return {
    plans: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    unread: failed.flatMap((reason) => failuresOf(reason)),
  }
}

async function planNow(zk: Reader, tree: Tree, note: Note): Promise<TreePlan> {
  const { applied, live } = await observeTree(zk, tree)
  // Told as what it is, so that a session that is lost can be replaced.
  if (live.is === 'unknown' && isLost(live.why.cause)) throw live.why.cause
  return planTree(tree, applied, live, note)
}

async function seedTree(tree: Tree, sessions: Sessions, seeding: Seeding): Promise<Seeded> {
  const task = `trees/${tree.name}`
  seeding.emit({ task, is: 'begun', title: `tree ${tree.name} at ${tree.path}` })
  try {
    const { plan, head } = await converge(tree, sessions, seeding)
    const count = plan.changes.length
    const toBe = seeding.dryRun === true && count > 0 ? ' to be made' : ''
    const note = `generation ${head?.generation ?? 0}, ${count} ${count === 1 ? 'change' : 'changes'}${toBe}`
    seeding.emit({ task, is: 'ended', outcome: isEmpty(plan) || seeding.dryRun === true ? 'unchanged' : 'done', note })
    return {
      ...treeStatusOf(tree, head),
      changes: plan.changes,
      remarks: plan.remarks,
      refusals: plan.refusal === null || seeding.allowShrink === true ? [] : [plan.refusal],
    }
  } catch (error) {
    seeding.emit({ task, is: 'ended', outcome: 'failed' })
    throw error instanceof ZooKeeperError ? treeFailure(tree, error) : error
  }
}

/** So often a plan is made anew where others keep changing what it was made from. */
const rounds = 10
/** Tries of reading before anything was written, and of finding out what became of a write: about a minute. */
const patience = { reading: 2, settling: 30 }

async function converge(
  tree: Tree,
  sessions: Sessions,
  seeding: Seeding,
): Promise<{ plan: TreePlan; head: Head | null }> {
  const waiting = () => seeding.emit({ task: `trees/${tree.name}`, is: 'waiting', for: 'an answer of ZooKeeper' })
  let first: TreePlan | undefined
  let shown: TreePlan | undefined
  let fence: Fence | undefined
  let tried: TreePlan | undefined
  for (let round = 0; round < rounds; round++) {
    const retries = round === 0 ? patience.reading : patience.settling
    const look = async () => {
      const found = await sessions.use((zk) => planNow(zk, tree, seeding.note), retries, waiting)
      if (!isEmpty(found) && seeding.dryRun !== true) seeding.accept?.(found, round)
      return found
    }
    const plan = await lookTwice(look)
    first ??= plan
    if (isOvertaken(plan, first, tried, seeding)) first = plan
    if (shown === undefined || !alike(shown, plan)) seeding.onPlan?.((shown = plan))
    if (isEmpty(plan) || seeding.dryRun === true) return { plan: first, head: plan.seen?.head ?? null }
    await permit(plan, tried, seeding)
    tried = plan
    const outcome = await attempt(plan, fence, sessions, { ...seeding, waiting })
    if ('head' in outcome) return { plan: first, head: outcome.head }
    fence = outcome.fence
  }
  const got = `it was changed by others ${rounds} times while it was written`
  throw new Failure({ step: `seed tree ${tree.name}`, got, hint: 'run it again once they are done' })
}

/** Rejects where it may not be written: what was permitted for the plan tried before is not asked again. */
async function permit(plan: TreePlan, tried: TreePlan | undefined, seeding: Seeding): Promise<void> {
  const { refusal } = plan
  if (refusal !== null && seeding.allowShrink !== true && tried?.refusal?.isLike(refusal) !== true) {
    if (seeding.permit === undefined) throw refusal
    await seeding.permit(refusal)
  }
  if (seeding.interrupted?.aborted === true) throw interruption(plan)
}

/** Commits, or says up to which version of HEAD nothing sent before can come, so that a new plan can be made. */
async function attempt(
  plan: TreePlan,
  fence: Fence | undefined,
  sessions: Sessions,
  seeding: Seeding & { waiting: () => void },
): Promise<{ head: Head } | { fence: Fence | undefined }> {
  const { note, emit, interrupted, waiting } = seeding
  if (plan.seen?.head.applying != null && plan.seen.version !== fence) {
    const moved = await sessions.use((zk) => fenceOff(zk, plan, note), patience.settling, waiting)
    return { fence: moved === 'again' ? undefined : moved }
  }
  const writing = { task: `trees/${plan.name}/write` }
  emit({ ...writing, is: 'begun', title: `generation ${plan.generation}` })
  try {
    const progress = (done: number, total: number) =>
      emit({ task: `trees/${plan.name}`, is: 'progress', done, total, unit: 'znodes' })
    const how = { progress, ...(interrupted && { interrupted }) }
    const done = await sessions.use((zk) => commit(zk, plan, note, how), 0)
    emit({ ...writing, is: 'ended', outcome: 'done' })
    await tidyUp(plan, done, sessions, seeding)
    return { head: done.head }
  } catch (error) {
    emit({ ...writing, is: 'ended', outcome: isLost(error) ? 'unknown' : 'failed' })
    if (!isLost(error) && !isConflict(error)) throw error
    if (isLost(error)) waiting()
    const settled = await sessions
      .use((zk) => settle(zk, plan, note, isLost(error)), patience.settling, waiting)
      .catch((why: unknown) => Promise.reject(unresolved(plan, why)))
    if (settled.is === 'applied') return { head: settled.head }
    // Of what another run wrote the next look tells.
    return { fence: settled.is === 'open' ? settled.fence : undefined }
  }
}

/** The tree is as it should be: what is left behind here is of no harm, and the next that writes removes it. */
async function tidyUp(plan: TreePlan, { version }: Committed, sessions: Sessions, { emit }: Seeding): Promise<void> {
  if (!isTidyDue(plan)) return
  try {
    await sessions.use((zk) => tidy(zk, plan, version), 0)
  } catch (error) {
    if (!(error instanceof ZooKeeperError || error instanceof Failure)) throw error
    const text = `what is no longer needed was not removed: ${error.message}`
    emit({ task: `trees/${plan.name}`, is: 'log', level: 'info', text })
  }
}

function unresolved(plan: TreePlan, cause: unknown): Failure {
  if (cause instanceof Refused) return cause
  const why = wordsOf(cause)
  return new Failure({
    step: `seed tree ${plan.name}`,
    got: `whether generation ${plan.generation} was applied is unknown: ZooKeeper no longer answers (${why})`,
    hint: 'run it again once the ensemble serves: HEAD shows what became of it',
    cause,
  })
}

const alike = (one: TreePlan, other: TreePlan): boolean =>
  JSON.stringify([one.changes, one.remarks]) === JSON.stringify([other.changes, other.remarks])
