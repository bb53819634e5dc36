import { Failure } from '../../model/failure.ts'
import type { Reader } from '../../zookeeper/zookeeper.ts'
import { treeFailure } from '../failure.ts'
import { readHead, type SeenHead } from '../meta/read.ts'
import { readBelow, type WholeZnode } from './walk.ts'

/** Where an export goes. What it throws ends the export; until `end`, nothing of it is to be found under its name. */
export interface Sink {
  add(znode: WholeZnode): void | Promise<void>
  end(): void | Promise<void>
  /** leaves nothing behind; never rejects */
  drop(): void | Promise<void>
}

export interface Exported {
  readonly znodes: number
  /** paths that were left out, with all below them, and why */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
  /** the server keeps a digest's hash from whoever may not administer the znode: these ACLs can't be set again */
  readonly masked: readonly string[]
  readonly generation: number | null
}

/**
 * All znodes of a tree as one generation has them, ours or not, without ephemerals and `other` trees. Throws a Failure, exit 1, where the tree
 * is not there, ZooKeeper does not answer, or somebody applies to it meanwhile: then nothing is left.
 */
export async function exportTree(
  zk: Reader,
  tree: { readonly name: string; readonly path: string },
  other: ReadonlySet<string>,
  sink: Sink,
): Promise<Exported> {
  try {
    await zk.sync(tree.path)
    const seen = await readHead(zk, tree)
    refuseApplying(tree, seen)
    const leftOut: { path: string; why: string }[] = []
    const masked: string[] = []
    let znodes = 0
    for await (const znode of readBelow(zk, tree.path, other, (path, why) => leftOut.push({ path, why }))) {
      if (znode.acl.some(({ scheme, id }) => scheme === 'digest' && id.endsWith(':x'))) masked.push(znode.path)
      await sink.add(znode)
      znodes++
    }
    if (znodes === 0) throw notThere(tree)
    await zk.sync(tree.path)
    refuseMoved(tree, seen, await readHead(zk, tree))
    await sink.end()
    return { znodes, leftOut, masked, generation: seen?.head.generation ?? null }
  } catch (error) {
    await sink.drop()
    throw treeFailure(tree, error)
  }
}

const failed = ({ name }: { name: string }, got: string, hint: string): Failure =>
  new Failure({ step: `export tree ${name}`, got, hint })

function refuseApplying(tree: { name: string }, seen: SeenHead | null): void {
  const applying = seen?.head.applying
  if (applying == null) return
  const got = `generation ${applying.generation} is being applied by ${applying.who}, since ${applying.at}`
  throw failed(tree, got, 'wait until that is done; if its run died, `seed` finishes it')
}

function refuseMoved(tree: { name: string }, before: SeenHead | null, after: SeenHead | null): void {
  if (before?.version === after?.version) return
  const { generation, who, at } = after?.head.applying ?? after?.head ?? { generation: 0, who: 'someone', at: '' }
  throw failed(tree, `changed while it was read: generation ${generation} by ${who} at ${at}`, 'run it again')
}

const notThere = (tree: { name: string; path: string }): Failure =>
  failed(tree, `there is no znode ${tree.path}`, '`seed` makes the tree, `tree import` takes one from a file')
