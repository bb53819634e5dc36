import { isWithin } from '../../model/znode-path.ts'
import { mayAll } from '../acl.ts'
import type { Tree } from '../desired.ts'
import type { Written } from '../meta/manifest.ts'
import { parentOf } from '../path.ts'
import { type AclEdit, change, type Edit, type Live, type Owned, sized, type TreeChange } from './change.ts'

/** Owned and no longer wanted: deleted, children first, where pruning is asked for and nobody else's is below. */
export function planRemoved(want: Tree, owned: Owned, live: Live) {
  const operations: Edit[] = []
  const before: AclEdit[] = []
  const changes: TreeChange[] = []
  const remarks: string[] = []
  const kept = new Map<string, Written>()
  const gone = new Map<string, number>()
  // A child sorts behind its parent.
  const paths = [...owned.keys()].filter((path) => !want.znodes.has(path)).sort((a, b) => (a > b ? -1 : 1))
  for (const path of paths) {
    const have = live.get(path)
    const ours = owned.get(path) ?? []
    const elsewhere = want.claims.get(path)
    if (have === undefined) changes.push(change('forget', path, { reason: 'gone already, and no longer wanted' }))
    else if (elsewhere !== undefined) changes.push(change('forget', path, { reason: `tree ${elsewhere} has it now` }))
    else if (want.prune === 'never') keep(path, have.hash)
    else if (isWithin(path, want.path)) keep(path, have.hash, 'the tree is below it')
    else if (have.children > (gone.get(path) ?? 0)) keep(path, have.hash, 'something that is not ours is below it')
    else {
      const drift = !ours.some(({ hash }) => hash === have.hash)
      operations.push({ do: 'delete', path, version: have.version, replaces: have })
      // Someone else took from dman what deleting its children needs.
      if (have.children > 0 && !mayAll(have.acl, want.dmanAcl))
        before.push({ path, acl: want.dmanAcl, version: have.aversion })
      const reason = drift ? 'no longer wanted; someone else changed it meanwhile' : 'no longer wanted'
      changes.push(change('delete', path, { detail: sized(have.size), reason, drift, expects: have.version }))
      const parent = parentOf(path) ?? '/'
      gone.set(parent, (gone.get(parent) ?? 0) + 1)
    }
  }
  return { operations, before, changes, remarks: [...remarks, ...moved(want, paths)], kept }

  function keep(path: string, live: string, why?: string) {
    const ours = owned.get(path) ?? []
    const written = ours.find(({ hash }) => hash === live) ?? ours[0]
    if (written !== undefined) kept.set(path, written)
    if (why !== undefined) remarks.push(`${path} is no longer wanted, but kept: ${why}`)
  }
}

/** What moves to another tree is that one's to keep: a rollback would take its znodes from it. */
function moved({ name, claims }: Tree, paths: readonly string[]): string[] {
  const others = new Set(paths.flatMap((path) => claims.get(path) ?? []))
  return [...others].map((other) => `${name} can’t be rolled back to before this while tree ${other} has what was here`)
}
