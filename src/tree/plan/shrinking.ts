import { type Classed, Refused } from '../../model/failure.ts'

interface Shrinking {
  readonly tree: string
  /** znodes that the plan deletes, and that the tree had */
  readonly deleted: number
  readonly had: number
}

/** A tree would lose more than half of its znodes: exit 5, unless the user says that it is meant. */
export class WouldShrink extends Refused {
  override readonly name: string = 'WouldShrink'
  readonly tree: string
  readonly deleted: number
  readonly had: number

  constructor(what: Classed & Shrinking) {
    super(what)
    this.tree = what.tree
    this.deleted = what.deleted
    this.had = what.had
  }

  override parts() {
    const { tree, deleted, had } = this
    return { ...super.parts(), tree, deleted, had }
  }

  /** Who said that the one is meant was asked about the other, too. */
  isLike(other: WouldShrink): boolean {
    return this.tree === other.tree && this.deleted === other.deleted && this.had === other.had
  }
}

/** `before`: where the tree was. Null where no more than half of it goes. */
export function shrinking(
  { name, path }: { readonly name: string; readonly path: string },
  before: string | undefined,
  { deleted, had }: Pick<Shrinking, 'deleted' | 'had'>,
): WouldShrink | null {
  if (deleted * 2 <= had) return null
  const isMoved = before !== undefined && before !== path
  return new WouldShrink({
    ...{ tree: name, deleted, had },
    step: `plan tree ${name}`,
    got: `${deleted} of ${had} znodes would be deleted${isMoved ? `: the tree was at ${before}, and comes to ${path}` : ''}`,
    hint: isMoved
      ? 'let its readers know; if that is meant, say --allow-shrink, or --yes'
      : 'look at the source; if that is meant, say --allow-shrink, or --yes',
  })
}
