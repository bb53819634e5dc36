import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import { type Acl, isEphemeral, type Reader, type Stat } from '../zookeeper/zookeeper.ts'
import { isAcl } from './acl.ts'
import type { Tree } from './desired.ts'
import { treeFailure } from './failure.ts'
import { decodeRecord, type HistoryRecord } from './history/record.ts'
import { isAsMade, withMade } from './made.ts'
import { type AclKey, type Hash, hashOf, isHash, type Written } from './meta/manifest.ts'
import { readHead, type ReadManifest, readManifest, type SeenHead } from './meta/read.ts'
import { damaged } from './meta/stored.ts'
import { ancestorsOf, join, metaFolders, metaOf, recordAt } from './path.ts'
import { pipelined } from './pipelined.ts'

/** What was applied last, or was begun to be: every owned path with what may have been written there. */
export interface Applied extends SeenHead {
  readonly owned: ReadonlyMap<string, readonly Written[]>
  /** objects of these manifests, and the keys of their ACLs: nobody removes them while HEAD is at this version */
  readonly needed: ReadonlySet<string>
}

export interface LiveZnode {
  readonly hash: Hash
  readonly version: number
  readonly size: number
  /** number of children, whosever they are */
  readonly children: number
  /** goes with its session, or with its last child */
  readonly ephemeral: boolean
  readonly acl: readonly Acl[]
  readonly aversion: number
}

/** An ACL, and how often it was changed: what a conditional change expects. */
export type LiveAcl = Pick<LiveZnode, 'acl' | 'aversion'>

/** What is there: of wanted and owned paths those that exist, of folders needed above those that do, and stored metadata. */
export interface LiveTree {
  readonly znodes: ReadonlyMap<string, LiveZnode>
  readonly folders: ReadonlySet<string>
  /** names of manifests' objects, and keys of ACLs */
  readonly stored: ReadonlySet<Hash>
  readonly storedAcls: ReadonlySet<AclKey>
  /**
   * ACLs of the metadata that others may read, by path; none where that of its folder, which is changed last, is as it should be, and
   * nothing was left begun
   */
  readonly meta: ReadonlyMap<string, LiveAcl>
  /** of `/`, where that is to be closed and is not */
  readonly root: LiveAcl | null
  /** of the generation that a run which did not finish began, with the hashes of the bytes that it kept */
  readonly record: { readonly value: HistoryRecord; readonly bytes: ReadonlySet<Hash> } | null
}

export interface TreeFacts {
  readonly applied: Fact<Applied>
  readonly live: Fact<LiveTree>
}

const large = 1000

type Place = Pick<Tree, 'name' | 'path'>

/**
 * Reads all that planning needs: where nothing changed since the tree's last seed in one round trip, else in three or four.
 * What ZooKeeper refuses, or what can't be understood, becomes unknown; the failure's cause is the ZooKeeperError.
 */
export async function observeTree(zk: Reader, want: Tree): Promise<TreeFacts> {
  const meta = metaOf(want.name)
  const folders = [...new Set([...ancestorsOf(want.path), ...metaFolders(want.name)])]
  const live = new Map<string, LiveZnode>()
  try {
    // At a first seed the top alone says that nothing is there: a round trip less than thousands of needless reads.
    const skip = want.znodes.size > large && (await Promise.all([zk.sync(want.path), zk.exists(want.path)]))[1] === null
    const head = readHead(zk, want)
    const recorded = head.then((seen) => readApplied(zk, want, seen))
    // Told where they are waited for below.
    recorded.catch(() => undefined)
    const read = znodeReader(
      zk,
      live,
      recorded.then((applied) => recordedAcls(want, applied)),
    )
    const [, seen, metaAcl, stored, storedAcls, there, root] = await Promise.all([
      zk.sync(meta.head),
      head,
      zk.getAcl(meta.folder),
      zk.children(meta.manifest),
      zk.children(meta.acls),
      pipelined(folders, (path) => zk.exists(path)),
      rootIfOpen(zk, want),
      read(skip ? [] : want.znodes.keys()),
    ])
    const applied = await recorded
    if (seen === null) await refuseLost(zk, want, there[folders.indexOf(meta.history)])
    if (applied.is === 'present') await read([...applied.value.owned.keys()].filter((path) => !want.znodes.has(path)))
    const exist = folders.filter((_, index) => there[index] !== null)
    const isMetaDue = metaAcl !== null && (seen?.head.applying != null || !isAcl(metaAcl.acl, want.metaAcl))
    const readable = [meta.folder, meta.head, meta.manifest, ...(stored ?? []).map((name) => join(meta.manifest, name))]
    return {
      applied,
      live: present({
        znodes: live,
        folders: new Set(exist),
        stored: new Set(stored?.filter(isHash)),
        storedAcls: new Set(storedAcls),
        meta: isMetaDue ? await readAcls(zk, readable) : new Map<string, LiveAcl>(),
        root,
        record: seen?.head.applying == null ? null : await readBegun(zk, want, seen.head.generation + 1),
      }),
    }
  } catch (error) {
    const why = treeFailure(want, error)
    return { applied: unknown(why), live: unknown(why) }
  }
}

/** A history where there was no HEAD: both are made together, so HEAD was lost, unless another run has made them just now. */
async function refuseLost(zk: Reader, want: Tree, history: Stat | null | undefined): Promise<void> {
  if (history == null || history.numChildren === 0 || (await readHead(zk, want)) !== null) return
  throw damaged(`read HEAD of tree ${want.name}`, 'it is not there, and its history is')
}

async function rootIfOpen(zk: Reader, { closesRoot, ownAcl }: Tree): Promise<LiveAcl | null> {
  if (!closesRoot) return null
  return [...(await readAcls(zk, ['/'])).values()].find(({ acl }) => !isAcl(acl, ownAcl)) ?? null
}

async function readBegun(zk: Reader, { name }: Place, generation: number): Promise<LiveTree['record']> {
  const path = recordAt(name, generation)
  const [found, bytes] = await Promise.all([zk.get(path), zk.children(path)])
  if (found === null) return null
  return { value: decodeRecord(found.data, `read the history of tree ${name}`), bytes: new Set(bytes) }
}

async function readAcls(zk: Reader, paths: readonly string[]): Promise<ReadonlyMap<string, LiveAcl>> {
  const found = await pipelined(paths, async (path) => [path, await zk.getAcl(path)] as const)
  return new Map(
    found.flatMap(([path, seen]) => (seen === null ? [] : [[path, { acl: seen.acl, aversion: seen.stat.aversion }]])),
  )
}

async function readApplied(zk: Reader, want: Tree, seen: SeenHead | null): Promise<Fact<Applied>> {
  if (seen === null) return absent
  const { root, applying } = seen.head
  const roots = [root, ...(applying === null ? [] : [applying.root, ...applying.abandoned])]
  const owned = new Map<string, readonly Written[]>()
  const needed = new Set<string>()
  try {
    const read = async (each: Hash | null) =>
      each === want.manifest.root ? wantedManifest(want) : readManifest(zk, want, each, want.manifest.objects)
    for (const { manifest, needed: names } of await Promise.all(roots.map(read))) {
      for (const [path, written] of manifest) owned.set(path, [...(owned.get(path) ?? []), written])
      names.forEach((name) => needed.add(name))
    }
  } catch (error) {
    // Whoever moves HEAD removes what the one before needed.
    const now = error instanceof Failure ? await readHead(zk, want) : seen
    return now?.version === seen.version ? unknown(treeFailure(want, error)) : readApplied(zk, want, now)
  }
  return present({ ...seen, owned, needed })
}

/** What was applied is what is wanted, by its hash: it need not be held twice. */
const wantedManifest = ({ znodes, manifest }: Tree): ReadManifest => ({
  manifest: new Map([...znodes].map(([path, { hash, aclKey: acl }]) => [path, { hash, acl }])),
  needed: [...manifest.objects.keys(), ...manifest.acls],
})

type AclOf = (path: string, stat: Stat) => readonly Acl[] | undefined

/** The ACLs that need not be asked for: of a znode that we made, with the very ACL that is wanted, while no ACL was set since. */
function recordedAcls({ znodes }: Tree, applied: Fact<Applied>): AclOf {
  // A dead run may have begun to set others.
  if (applied.is !== 'present' || applied.value.head.applying !== null) return () => undefined
  const { owned, head, mzxid } = applied.value
  const made = withMade(head.made, [mzxid])
  return (path, stat) => {
    const want = znodes.get(path)
    const [written] = owned.get(path) ?? []
    return want !== undefined && written?.acl === want.aclKey && isAsMade(stat, made) ? want.acl : undefined
  }
}

/** Adds what is at paths, without its bytes: they are held only until they are hashed. Equal ACLs are held once. */
function znodeReader(
  zk: Reader,
  into: Map<string, LiveZnode>,
  recorded: Promise<AclOf>,
): (paths: Iterable<string>) => Promise<unknown> {
  // Told to whoever waits for what it comes from.
  recorded.catch(() => undefined)
  const acls = new Map<string, readonly Acl[]>()
  const seen = new Map<readonly Acl[], readonly Acl[]>()
  const once = (acl: readonly Acl[]): readonly Acl[] => {
    const before = seen.get(acl)
    if (before !== undefined) return before
    const key = JSON.stringify(acl)
    const known = acls.get(key) ?? acl
    acls.set(key, known)
    if (known === acl) seen.set(acl, acl)
    return known
  }
  return (paths) =>
    pipelined(paths, async (path) => {
      const found = await zk.get(path)
      if (found === null) return
      const { stat, data } = found
      const { length: size } = data
      const hash = hashOf(data)
      const known = (await recorded)(path, stat)
      const acl = known === undefined ? await zk.getAcl(path) : { acl: known, stat }
      if (acl === null) return
      into.set(path, {
        hash,
        version: stat.version,
        size,
        children: stat.numChildren,
        ephemeral: isEphemeral(stat),
        acl: once(acl.acl),
        aversion: acl.stat.aversion,
      })
    })
}
