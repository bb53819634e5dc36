import { checkArchives } from './check-archives.ts'
import { checkHosts } from './check-hosts.ts'
import { checkServer } from './check-server.ts'
import { checkTrees } from './check-trees.ts'
import type { Disk } from './paths.ts'
import type { Problem } from './problem.ts'
import type { RawInventory } from './schema.ts'

/** What is wrong with an inventory that has the right shape. */
export const check = (raw: RawInventory, disk: Disk): readonly Problem[] => [
  ...checkHosts(raw, disk),
  ...checkArchives(raw, disk),
  ...checkServer(raw, disk),
  ...checkTrees(raw, disk),
]
