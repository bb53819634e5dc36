import type { Acl, Operation } from '../../zookeeper/zookeeper.ts'
import { isAcl, shownAcl } from '../acl.ts'
import type { Tree } from '../desired.ts'
import { aclData, type StoredManifest } from '../meta/manifest.ts'
import type { LiveTree } from '../observe.ts'
import { join, metaOf } from '../path.ts'
import { type AclEdit, type AclEdits, change, type TreeChange } from './change.ts'
import { aclEdits } from './wanted.ts'

export const create = (path: string, data: Buffer, acl: readonly Acl[]): Operation => ({
  do: 'create',
  path,
  data,
  acl,
})

/**
 * Stores a manifest and the ACLs that it names. What is stored but `needed` by no manifest that counts may be tidied away at any moment, and its
 * ACL is of other days: it is made anew.
 */
export function planStore(
  want: Tree,
  manifest: StoredManifest,
  needed: ReadonlySet<string>,
  { stored, storedAcls }: Pick<LiveTree, 'stored' | 'storedAcls'>,
): readonly Operation[] {
  const meta = metaOf(want.name)
  const put = (path: string, data: Buffer, acl: readonly Acl[], isThere: boolean): Operation[] => [
    ...(isThere ? [{ do: 'delete', path, version: -1 } as const] : []),
    create(path, data, acl),
  ]
  const objects = [...manifest.objects].filter(([name]) => !stored.has(name) || !needed.has(name))
  const acls = [...want.acls.values()].filter(({ key }) => !storedAcls.has(key) || !needed.has(key))
  return [
    ...acls.flatMap(({ key, texts }) => put(join(meta.acls, key), aclData(texts), want.dmanAcl, storedAcls.has(key))),
    ...objects.flatMap(([name, data]) => put(join(meta.manifest, name), data, want.metaAcl, stored.has(name))),
  ]
}

/**
 * What makes metadata as readable as the tree: its folder last, whose ACL tells whether that was finished. Former manifests may name what
 * these readers must not know of, and nobody but dman needs them. `fenced`: a change that a dead run asked for may still come, so all are touched.
 */
export function planMetaAcls(
  want: Tree,
  manifest: StoredManifest,
  needed: ReadonlySet<string>,
  { meta, stored }: Pick<LiveTree, 'meta' | 'stored'>,
  fenced: boolean,
): AclEdits & { readonly changes: readonly TreeChange[] } {
  const { folder, manifest: objects } = metaOf(want.name)
  const before: AclEdit[] = []
  const after: AclEdit[] = []
  const wantedAt = (path: string) => {
    const name = path.slice(objects.length + 1)
    if (!path.startsWith(`${objects}/`)) return want.metaAcl
    if (!manifest.objects.has(name)) return want.dmanAcl
    // else made anew, by planStore
    return stored.has(name) && needed.has(name) ? want.metaAcl : undefined
  }
  for (const [path, live] of meta) {
    const acl = wantedAt(path)
    if (acl === undefined || path === folder) continue
    const isDue = !isAcl(live.acl, acl)
    const steps = isDue ? aclEdits(path, live, acl, want.dmanAcl) : { before: [], after: [] }
    if (!isDue && fenced) before.push({ path, acl, version: live.aversion })
    before.push(...steps.before)
    after.push(...steps.after)
  }
  const own = meta.get(folder)
  if (own === undefined) return { before, after, changes: [] }
  const isDue = !isAcl(own.acl, want.metaAcl)
  if (isDue || fenced || before.length + after.length > 0)
    after.push({ path: folder, acl: want.metaAcl, version: own.aversion })
  const detail = ` (${shownAcl(own.acl)} to ${shownAcl(want.metaAcl)})`
  const reason = 'metadata is read by whoever may read all of the tree'
  return { before, after, changes: isDue ? [change('acl', folder, { detail, reason, expects: own.aversion })] : [] }
}

/** `/` as what is above the tree has it, where the tree asks for that. */
export function planRoot(
  { ownAcl, dmanAcl }: Pick<Tree, 'ownAcl' | 'dmanAcl'>,
  { root }: Pick<LiveTree, 'root'>,
): AclEdits & { readonly changes: readonly TreeChange[] } {
  if (root === null) return { before: [], after: [], changes: [] }
  const detail = ` (${shownAcl(root.acl)} to ${shownAcl(ownAcl)})`
  const told = { detail, reason: 'the tree has `root: closed`', expects: root.aversion }
  return { ...aclEdits('/', root, ownAcl, dmanAcl), changes: [change('acl', '/', told)] }
}
