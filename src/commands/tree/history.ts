import type { HistoryDocument } from '../../model/documents.ts'
import { type History, readHistory } from '../../tree/history/history.ts'
import { withFleet } from '../shared/look/fleet.ts'
import { noTrees, observe } from '../shared/look/observe.ts'
import { withSession } from '../shared/look/session.ts'
import { asDman } from '../shared/prepare/identity.ts'
import { knownTree } from '../shared/run/arguments.ts'
import { unlessInterrupted } from '../shared/run/interrupted.ts'
import type { Result } from '../shared/run/result.ts'
import type { Run } from '../shared/run/run.ts'

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
