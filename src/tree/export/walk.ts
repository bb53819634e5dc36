import { inOrder } from '../../model/pool.ts'
import { type Acl, isEphemeral, type Reader } from '../../zookeeper/zookeeper.ts'
import { join } from '../path.ts'
import { pipelined } from '../pipelined.ts'

/** A znode as it was read, whole. */
export interface WholeZnode {
  readonly path: string
  readonly data: Buffer
  /** its data was never set, which some clients tell from empty */
  readonly isNull: boolean
  readonly acl: readonly Acl[]
  /** something is below it, were it only ephemerals */
  readonly hasChildren: boolean
}

/** What is under way at once: answers are held until they are taken, and a server stops reading from a session at a thousand requests. */
const window = { count: 300, weight: 8 * 1024 * 1024 }

/**
 * Every znode at and below `top`, parents before children, each once; ephemerals, containers and `other` trees' paths go to `leftOut` instead,
 * with all that is below them. Nothing but what is under way is held. Rejects with a ZooKeeperError.
 */
export async function* readBelow(
  zk: Reader,
  top: string,
  other: ReadonlySet<string>,
  leftOut: (path: string, why: string) => void,
): AsyncGenerator<WholeZnode> {
  let level = [top]
  while (level.length > 0) {
    const stats = await pipelined(level, (path) => zk.exists(path))
    const here = level.flatMap((path, index) => {
      const stat = stats[index] ?? null
      if (stat === null) return []
      const why = isEphemeral(stat) ? 'ephemeral' : other.has(path) && path !== top ? 'another tree' : undefined
      if (why !== undefined) leftOut(path, why)
      return why === undefined ? [{ path, stat }] : []
    })
    const below: string[] = []
    const read = inOrder(
      window,
      here,
      ({ stat }) => stat.dataLength,
      async ({ path, stat }) => {
        const [found, acl, children] = await Promise.all([
          zk.get(path),
          zk.getAcl(path),
          stat.numChildren === 0 ? [] : zk.children(path),
        ])
        return { path, found, acl, children: children ?? [] }
      },
    )
    for await (const { path, found, acl, children } of read) {
      // Whoever deleted it meanwhile deleted all that was below it.
      if (found === null || acl === null) continue
      for (const name of children) below.push(join(path, name))
      const { data, isNull = false } = found
      yield { path, data, isNull, acl: acl.acl, hasChildren: children.length > 0 }
    }
    level = below
  }
}
