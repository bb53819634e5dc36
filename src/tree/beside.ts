import { Failure } from '../model/failure.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { isWithin } from '../model/znode-path.ts'
import type { Tree } from './desired.ts'

/**
 * A tree that was made alone, as one beside the others of its inventory: what it owned within their paths is theirs now, so it is forgotten and
 * never deleted. Throws a Failure, exit 5, where it wants a znode there: neither of the two would be as it is wanted.
 */
export function besideOthers(tree: Tree, all: readonly Pick<TreeSource, 'name' | 'path'>[]): Tree {
  const others = all.filter(({ name }) => name !== tree.name)
  const otherAt = (at: string) => others.find(({ path }) => isWithin(path, at))
  const wanted = [...tree.znodes.keys()]
  for (const other of others) {
    const within = wanted.filter((at) => isWithin(other.path, at))
    if (within.length > 0) throw taken(tree, within, other)
  }
  return { ...tree, claims: { get: (at) => otherAt(at)?.name } }
}

function taken({ name }: Tree, within: readonly string[], other: Pick<TreeSource, 'name' | 'path'>): Failure {
  const more = within.length > 20 ? ` and ${within.length - 20} more` : ''
  return new Failure({
    step: `plan tree ${name}`,
    got: `it would have ${within.slice(0, 20).join(', ')}${more}; tree ${other.name} is at ${other.path}`,
    hint: `take a state of tree ${name} that has nothing there, or take tree ${other.name} out of the inventory before`,
    exit: 5,
  })
}
