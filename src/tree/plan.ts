import type { PlannedChange } from '../model/documents.ts'
import { Failure, throwAll } from '../model/failure.ts'
import type { Fact } from '../model/fact.ts'
import { isWithin } from '../model/znode-path.ts'
import type { Operation } from '../zookeeper/zookeeper.ts'
import { aclAt, aclDifference } from './acl.ts'
import type { Tree } from './desired.ts'
import { storeManifest } from './manifest.ts'
import type { Hash, StoredManifest } from './manifest.ts'
import type { Applied, LiveTree, LiveZnode, SeenHead } from './observe.ts'
import { ancestorsOf, metaFolders, metaOf, parentOf } from './path.ts'
import { fits } from './transactions.ts'

/** What differs between a tree and its znodes, and the operations that mend it. */
export interface TreePlan {
  readonly name: string
  readonly path: string
  readonly ownAcl: Tree['ownAcl']
  readonly metaAcl: Tree['metaAcl']
  /** empty: nothing is to be written anywhere */
  readonly changes: readonly TreeChange[]
  /** what is left as it is although one might expect otherwise, and what readers may notice */
  readonly remarks: readonly string[]
  /** what differs and is not mended, also where there are no changes */
  readonly warnings: readonly string[]
  /** too much would be deleted: exit 5, unless the user allows it */
  readonly refusal: Failure | null
  /** what was planned from; null where the tree was never seeded */
  readonly seen: SeenHead | null
  readonly generation: number
  /** whether all of it is one transaction, so that readers see all or nothing */
  readonly atOnce: boolean
  /** creates of missing folders: of the metadata, and above the tree */
  readonly metaFolders: readonly Operation[]
  readonly parents: readonly Operation[]
  /** on the tree itself: creates (parents first), sets, deletes (children first) */
  readonly operations: readonly Operation[]
  readonly manifest: StoredManifest
  /** of the manifest: what is not stored yet, and what nothing needs once HEAD has moved */
  readonly store: readonly Operation[]
  readonly discard: readonly Operation[]
  readonly limit: number
}

export interface TreeChange extends PlannedChange {
  kind: 'create' | 'set' | 'delete' | 'adopt' | 'forget' | 'finish'
  path: string
  /** someone else changed what we own */
  drift: boolean
}

export const isEmpty = (plan: TreePlan): boolean => plan.changes.length === 0

/** Bytes of HEAD that a plan counts with: commit refuses longer notes than that. */
export const headRoom = 16 * 1024

/**
 * Compares three sides: wanted, last applied, live. Throws what is unknown, and Failures, exit 5, where a wanted znode can't be
 * written for good. Znodes that are as wanted are not written.
 */
export function planTree(want: Tree, applied: Fact<Applied>, live: Fact<LiveTree>): TreePlan {
  if (applied.is === 'unknown') throw applied.why
  if (live.is !== 'present') throw live.is === 'unknown' ? live.why : new TypeError('a live tree is never absent')
  const seen = applied.is === 'present' ? applied.value : null
  const owned = seen?.owned ?? new Map<string, readonly Hash[]>()
  const { znodes, folders, stored, acl } = live.value
  const difference = aclDifference(want.path, want.acl, acl)
  const wanted = planWanted(want, owned, znodes)
  const removed = planRemoved(want, owned, znodes)
  const changes = [...finishing(seen), ...wanted.changes, ...removed.changes]
  const manifest = removed.kept.size === 0 ? want.manifest : withKept(want, removed.kept)
  const meta = metaOf(want.name)
  const missing = (paths: readonly string[]) =>
    paths.filter((path) => !folders.has(path)).map((path) => create(path, Buffer.alloc(0), aclAt(want, path)))
  const parts = {
    metaFolders: missing(metaFolders(want.name)),
    // What is above the metadata is made with that.
    parents: missing(ancestorsOf(want.path).filter((path) => !isWithin(path, meta.manifest))),
    operations: [...wanted.operations, ...removed.operations],
    store: [...manifest.objects]
      .filter(([name]) => !stored.has(name))
      .map(([name, data]) => create(`${meta.manifest}/${name}`, data, want.metaAcl)),
    discard: [...stored]
      .filter((name) => !manifest.objects.has(name))
      .map((name): Operation => ({ do: 'delete', path: `${meta.manifest}/${name}`, version: -1 })),
  }
  const head = { do: 'create', path: meta.head, data: Buffer.alloc(headRoom), acl: want.metaAcl } as const
  const atOnce = fits([head, ...Object.values(parts).flat()], want.limit)
  const mix = `${want.name}: too much for one transaction: who reads it without following HEAD may see old and new side by side meanwhile`
  return {
    name: want.name,
    path: want.path,
    ownAcl: want.ownAcl,
    metaAcl: want.metaAcl,
    changes,
    remarks: [...removed.remarks, ...(atOnce || parts.operations.length === 0 ? [] : [mix])],
    warnings: [difference].filter((text) => text !== undefined),
    refusal: shrinking(want, removed.operations.length, [...owned.keys()].filter((path) => znodes.has(path)).length),
    seen: seen && { head: seen.head, data: seen.data, version: seen.version },
    generation: (seen?.head.generation ?? 0) + 1,
    atOnce,
    ...parts,
    manifest,
    limit: want.limit,
  }
}

const create = (path: string, data: Buffer, acl: Tree['acl']): Operation => ({ do: 'create', path, data, acl })

const change = (kind: TreeChange['kind'], path: string, detail: string, reason: string, drift = false): TreeChange => ({
  kind,
  path,
  summary: `${kind} ${path}${detail}`,
  reason,
  drift,
})

const sized = (count: number): string => ` (${count} bytes)`

type Owned = ReadonlyMap<string, readonly Hash[]>
type Live = ReadonlyMap<string, LiveZnode>

function planWanted(want: Tree, owned: Owned, live: Live) {
  const creates: Operation[] = []
  const sets: Operation[] = []
  const changes: TreeChange[] = []
  const problems: Failure[] = []
  for (const [path, { data, hash }] of want.znodes) {
    const have = live.get(path)
    const ours = owned.get(path)
    if (have === undefined) {
      creates.push(create(path, data, want.acl))
      const gone = ours !== undefined
      changes.push(change('create', path, sized(data.length), gone ? 'someone else deleted it' : 'new', gone))
    } else if (have.ephemeral) problems.push(ephemeral(want, path))
    else if (have.hash !== hash) {
      const drift = ours !== undefined && !ours.includes(have.hash)
      sets.push({ do: 'set', path, data, version: have.version })
      changes.push(change('set', path, ` (${have.size} to ${data.length} bytes)`, whySet(ours, drift), drift))
    } else if (ours?.includes(hash) !== true)
      changes.push(change('adopt', path, '', ours ? 'someone else wrote what is wanted now' : 'already as wanted'))
  }
  throwAll(problems)
  return { operations: [...creates, ...sets], changes }
}

const whySet = (ours: readonly Hash[] | undefined, drift: boolean): string => {
  if (ours === undefined) return 'overwrites a value that is not ours'
  return drift ? 'someone else changed it since it was applied' : 'changed in the source'
}

const ephemeral = (want: Tree, path: string): Failure =>
  new Failure({
    step: `plan tree ${want.name}`,
    got: `${path} is ephemeral: it goes with another client’s session`,
    hint: 'let that client use another path, or rename the file',
    exit: 5,
  })

/** Owned and no longer wanted: deleted, children first, where pruning is asked for and nobody else's is below. */
function planRemoved(want: Tree, owned: Owned, live: Live) {
  const operations: Operation[] = []
  const changes: TreeChange[] = []
  const remarks: string[] = []
  const kept = new Map<string, Hash>()
  const gone = new Map<string, number>()
  // A child sorts behind its parent.
  const paths = [...owned.keys()].filter((path) => !want.znodes.has(path)).sort((a, b) => (a > b ? -1 : 1))
  for (const path of paths) {
    const have = live.get(path)
    const hashes = owned.get(path) ?? []
    const elsewhere = want.claims.get(path)
    if (have === undefined) changes.push(change('forget', path, '', 'gone already, and no longer wanted'))
    else if (elsewhere !== undefined) changes.push(change('forget', path, '', `tree ${elsewhere} has it now`))
    else if (want.prune === 'never') keep(path, have.hash)
    else if (isWithin(path, want.path)) keep(path, have.hash, 'the tree is below it')
    else if (have.children > (gone.get(path) ?? 0)) keep(path, have.hash, 'something that is not ours is below it')
    else {
      const drift = !hashes.includes(have.hash)
      operations.push({ do: 'delete', path, version: have.version })
      const reason = drift ? 'no longer in the source; someone else changed it meanwhile' : 'no longer in the source'
      changes.push(change('delete', path, sized(have.size), reason, drift))
      const parent = parentOf(path) ?? '/'
      gone.set(parent, (gone.get(parent) ?? 0) + 1)
    }
  }
  return { operations, changes, remarks, kept }

  function keep(path: string, live: Hash, why?: string) {
    const hashes = owned.get(path) ?? []
    kept.set(path, hashes.includes(live) ? live : (hashes[0] ?? live))
    if (why !== undefined) remarks.push(`${path} is no longer in the source, but kept: ${why}`)
  }
}

/** What is kept stays ours, so that it goes once nothing holds it any more. */
const withKept = (want: Tree, kept: ReadonlyMap<string, Hash>): StoredManifest =>
  storeManifest(new Map([...[...want.znodes].map(([path, { hash }]) => [path, hash] as const), ...kept]))

function finishing(seen: SeenHead | null): TreeChange[] {
  const applying = seen?.head.applying
  if (seen == null || applying == null) return []
  const reason = `${applying.who} began it at ${applying.at} and did not finish`
  return [change('finish', seen.head.path, `: generation ${applying.generation}`, reason)]
}

function shrinking(want: Tree, deleted: number, had: number): Failure | null {
  if (deleted * 2 <= had) return null
  return new Failure({
    step: `plan tree ${want.name}`,
    got: `${deleted} of ${had} znodes would be deleted`,
    hint: 'look at the source; if that is meant, say --allow-shrink',
    exit: 5,
  })
}
