import { ZooKeeperError } from '../../zookeeper/zookeeper.ts'

/** Where any outcome is unknown, HEAD has to be fenced, whatever the others say. */
export function throwWorst(failed: readonly unknown[]): void {
  if (failed.length > 0) throw failed.find(isLost) ?? failed[0]
}

/** What is there is no longer what the write was planned from. */
const conflicts = ['BAD_VERSION', 'NO_NODE', 'NODE_EXISTS', 'NOT_EMPTY']

// Of these it is certain that nothing was written; whatever else comes may have been, or may still be.
const refusals = [
  ...conflicts,
  'NO_AUTH',
  'INVALID_ACL',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'QUOTA_EXCEEDED',
  'BAD_ARGUMENTS',
  'REQUEST_TOO_LARGE',
]

/** Whether a write may have been applied, or may still be. */
export const isLost = (error: unknown): boolean => error instanceof ZooKeeperError && !refusals.includes(error.code)

/** Whether a write was refused because what it was planned from is no longer so. */
export const isConflict = (error: unknown): boolean => error instanceof ZooKeeperError && conflicts.includes(error.code)
