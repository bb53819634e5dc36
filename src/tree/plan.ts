import type { Fact } from '../model/fact.ts'
import { isWithin } from '../model/znode-path.ts'
import type { Operation } from '../zookeeper/zookeeper.ts'
import { aclAt } from './acl.ts'
import type { Tree } from './desired.ts'
import type { Counts } from './history/record.ts'
import type { Note } from './meta/head.ts'
import { type StoredManifest, storeManifest, type Written } from './meta/manifest.ts'
import type { SeenHead } from './meta/read.ts'
import type { Applied, LiveTree } from './observe.ts'
import { ancestorsOf, metaFolders, metaOf } from './path.ts'
import { type AclEdits, change, type Edit, type TreeChange } from './plan/change.ts'
import { headAndRecord } from './plan/heads.ts'
import { countsOf, keepingSize, planKeeping } from './plan/keeping.ts'
import { create, planMetaAcls, planRoot, planStore } from './plan/metadata.ts'
import { planRemoved } from './plan/removed.ts'
import { shrinking, type WouldShrink } from './plan/shrinking.ts'
import { planWanted } from './plan/wanted.ts'
import { fits } from './transactions.ts'

export type { TreeChange } from './plan/change.ts'

/** What differs between a tree and its znodes, and the operations that mend it. */
export interface TreePlan {
  readonly name: string
  readonly path: string
  readonly ownAcl: Tree['ownAcl']
  readonly metaAcl: Tree['metaAcl']
  readonly dmanAcl: Tree['dmanAcl']
  /** empty: nothing is to be written anywhere */
  readonly changes: readonly TreeChange[]
  /** what is left as it is although one might expect otherwise, and what readers may notice */
  readonly remarks: readonly string[]
  /** too much would be deleted: exit 5, unless the user allows it */
  readonly refusal: WouldShrink | null
  /** what was planned from; null where the tree was never seeded */
  readonly seen: SeenHead | null
  readonly generation: number
  /** whether all of it is one transaction, so that readers see all or nothing */
  readonly atOnce: boolean
  /** creates of missing folders: of the metadata, and above the tree */
  readonly metaFolders: readonly Operation[]
  readonly parents: readonly Operation[]
  /** on the tree itself: creates (parents first), sets, deletes (children first) */
  readonly operations: readonly Edit[]
  /** of the tree and its metadata, of what is there already */
  readonly acls: AclEdits
  readonly manifest: StoredManifest
  /** of the manifest and its ACLs: what is not stored yet, or must be anew */
  readonly store: readonly Operation[]
  /** what the record of the generation says; `isThere`: a run that did not finish left one */
  readonly record: { readonly counts: Counts; readonly isThere: boolean }
  /** generations to keep, and what is stored of all so far */
  readonly history: number
  readonly stored: Pick<LiveTree, 'stored' | 'storedAcls'>
  readonly limit: number
}

export const isEmpty = (plan: Pick<TreePlan, 'changes'>): boolean => plan.changes.length === 0

/** Bytes of HEAD that a larger apply has room for, twice over: commit refuses longer notes than that. */
export const headRoom = 16 * 1024

/**
 * Compares three sides: wanted, last applied, live. Throws what is unknown, and Failures, exit 5, where a wanted znode can't be
 * written for good. Znodes that are as wanted are not written. `note` is what the generation is to be noted with: its bytes count.
 */
export function planTree(want: Tree, applied: Fact<Applied>, live: Fact<LiveTree>, note: Note): TreePlan {
  const seen = known(applied)
  const there = known(live)
  if (there === null) throw new TypeError('a live tree is never absent')
  const { owned, needed } = seen ?? nothing
  const { znodes, folders } = there
  const takesOver = seen?.head.applying != null
  const wanted = planWanted(want, owned, znodes, takesOver)
  const removed = planRemoved(want, owned, znodes)
  const manifest = removed.kept.size === 0 ? want.manifest : withKept(want, removed.kept)
  const mayComeLate = takesOver && [...owned.values()].flat().some(({ acl }) => !want.acls.has(acl))
  const meta = planMetaAcls(want, manifest, needed, there, mayComeLate)
  const missing = (paths: readonly string[]) =>
    paths.filter((path) => !folders.has(path)).map((path) => create(path, Buffer.alloc(0), aclAt(want, path)))
  const generation = (seen?.head.generation ?? 0) + 1
  const root = planRoot(want, there)
  const kept = planKeeping(want, generation, [...wanted.operations, ...removed.operations], there)
  const changes = [...finishing(seen), ...wanted.changes, ...removed.changes, ...meta.changes, ...root.changes]
  const parts = {
    metaFolders: missing(metaFolders(want.name)),
    // What is above the metadata is made with that.
    parents: missing(ancestorsOf(want.path).filter((path) => !isWithin(path, metaOf(want.name).manifest))),
    operations: kept.operations,
    store: planStore(want, manifest, needed, there),
  }
  const acls = {
    before: [...meta.before, ...wanted.before, ...removed.before, ...root.before],
    after: [...wanted.after, ...meta.after, ...root.after],
  }
  const hasAcls = acls.before.length + acls.after.length > 0
  const { name, path, ownAcl, metaAcl, dmanAcl, history, limit } = want
  const plan = {
    ...{ name, path, ownAcl, metaAcl, dmanAcl, history, limit, changes, generation, acls, manifest },
    ...parts,
    refusal: shrinking(want, seen?.head.path, {
      deleted: removed.operations.length,
      had: [...owned.keys()].filter((at) => znodes.has(at)).length,
    }),
    seen: seen && { head: seen.head, data: seen.data, version: seen.version, mzxid: seen.mzxid },
    record: { counts: countsOf(manifest, kept.operations, wanted.changes, there), isThere: there.record !== null },
    stored: { stored: there.stored, storedAcls: there.storedAcls },
  }
  const atOnce = !hasAcls && isOne(plan, note)
  const mix = atOnce || parts.operations.length === 0 ? [] : [mixed(want, takesOver, hasAcls)]
  return { ...plan, atOnce, remarks: [...removed.remarks, ...kept.remarks, ...mix] }
}

/** Whether all of it fits into one request, with HEAD, the generation's record, and what goes to the history: to the byte. */
function isOne(plan: Omit<TreePlan, 'atOnce' | 'remarks'>, note: Note): boolean {
  const { metaFolders, store, parents, operations, limit } = plan
  const bytes = operations.reduce((sum, edit) => sum + keepingSize(plan, plan.generation, edit), 0)
  return fits([...metaFolders, ...headAndRecord(plan, note), ...store, ...parents, ...operations], limit - bytes)
}

const nothing: Pick<Applied, 'owned' | 'needed'> = { owned: new Map(), needed: new Set() }

/** Null for what is absent; throws what is unknown. */
function known<T>(fact: Fact<T>): T | null {
  if (fact.is === 'unknown') throw fact.why
  return fact.is === 'present' ? fact.value : null
}

function mixed({ name }: Tree, takesOver: boolean, hasAcls: boolean): string {
  const of = hasAcls ? 'ACLs change, which no transaction can' : 'too much for one transaction'
  const why = takesOver ? 'what another run left unfinished is finished' : of
  return `${name}: ${why}: who reads it without following HEAD may see old and new side by side meanwhile`
}

/** What is kept stays ours, so that it goes once nothing holds it any more. */
const withKept = (want: Tree, kept: ReadonlyMap<string, Written>): StoredManifest =>
  storeManifest(
    new Map([...[...want.znodes].map(([path, { hash, aclKey: acl }]) => [path, { hash, acl }] as const), ...kept]),
  )

function finishing(seen: SeenHead | null): TreeChange[] {
  const applying = seen?.head.applying
  if (seen == null || applying == null) return []
  const reason = `${applying.who} began it at ${applying.at} and did not finish`
  return [change('finish', seen.head.path, { detail: `: generation ${applying.generation}`, reason })]
}
