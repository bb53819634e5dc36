import type { HistoryDocument } from '../../model/documents.ts'
import { type History, readHistory } from '../../tree/history/history.ts'
import { knownTree } from '../shared/arguments.ts'
import { withFleet } from '../shared/fleet.ts'
import { asDman } from '../shared/identity.ts'
import { unlessInterrupted } from '../shared/interrupted.ts'
import { noTrees, observe } from '../shared/observe.ts'
import type { Result } from '../shared/result.ts'
import type { Run } from '../shared/run.ts'
import { withSession } from '../shared/session.ts'

export interface TreeHistoryOptions {
  readonly tree: string
}

/** The generations of a tree that are kept, the newest first. Changes nothing; only dman may read it. */
export const treeHistory = async (run: Run<TreeHistoryOptions>): Promise<Result> => {
  const source = knownTree(run.inventory, run.options.tree)
  const { auth } = await asDman(run)
  return withFleet(run, async (fleet) => {
    const seen = await unlessInterrupted(run, observe(run, fleet, noTrees))
    const read = withSession(fleet, seen.ensemble, auth, (zk) => readHistory(zk, source))
    const history = documentOf(source.name, await unlessInterrupted(run, read))
    return { is: 'history', history, exit: 0 }
  })
}

const documentOf = (tree: string, { head, records }: History): HistoryDocument => ({
  tree,
  path: head.path,
  generations: records.map(({ generation, at, who, run, reason, created, set, deleted, acl, bytes }) => ({
    generation,
    at,
    who,
    run,
    reason,
    created,
    set,
    deleted,
    acl,
    bytes,
  })),
})
