import { type Fact, present, unknown } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import { format, formatIs, laterVersion } from '../model/format.ts'
import { metaFolder } from '../model/znode-path.ts'
import { failureOf } from '../zookeeper/failure.ts'
import { type Acl, type Operation, type Reader, type ZooKeeper, ZooKeeperError } from '../zookeeper/zookeeper.ts'
import type { Left } from './facts.ts'

/** Where it is remembered who left; no tree can be named so. */
export const leftPath = `${metaFolder}/_members`

const step = `read ${leftPath}`

/** Never rejects for what the znode holds: a later version's, or damage, is unknown. */
export async function readLeft(session: Reader, host?: string): Promise<Fact<readonly Left[]>> {
  try {
    const found = await session.get(leftPath)
    return found === null ? present([]) : leftIn(found.data)
  } catch (thrown) {
    if (thrown instanceof ZooKeeperError && thrown.outcomeUnknown) throw thrown
    return unknown(failureOf(thrown, step, host))
  }
}

const damaged = unknown(
  new Failure({
    step,
    got: 'it is damaged',
    hint: 'it lists the members that left: { "format": 1, "left": [] } lists none',
    exit: 5,
  }),
)

function leftIn(data: Buffer): Fact<readonly Left[]> {
  let parsed: unknown
  try {
    parsed = JSON.parse(data.toString())
  } catch {
    return damaged
  }
  const { format: written, left } = Object(parsed) as { format?: unknown; left?: unknown }
  const standing = formatIs(written)
  if (standing === 'later') return unknown(laterVersion(Number(written), step))
  if (standing === 'damaged' || !Array.isArray(left) || !left.every(isLeft)) return damaged
  return present(left.map(({ id, host, address, stopped }) => ({ id, host, address, stopped })))
}

function isLeft(each: unknown): each is Left {
  const { id, host, address, stopped } = Object(each) as Record<string, unknown>
  return Number.isInteger(id) && typeof host === 'string' && typeof address === 'string' && typeof stopped === 'boolean'
}

/** Changes what is remembered, unless that makes no difference; `acl`: of what is made for it. Rejects as a session does. */
export async function changeLeft(
  session: ZooKeeper,
  acl: readonly Acl[],
  change: (left: readonly Left[]) => readonly Left[],
): Promise<void> {
  const found = await session.get(leftPath)
  const known = found === null ? present<readonly Left[]>([]) : leftIn(found.data)
  if (known.is === 'unknown') throw known.why
  const before = known.is === 'present' ? known.value : []
  const after = change(before)
  if (JSON.stringify(after) === JSON.stringify(before)) return
  const data = Buffer.from(JSON.stringify({ format, left: after }))
  if (found !== null) {
    await session.multi([{ do: 'set', path: leftPath, data, version: found.stat.version }])
    return
  }
  const folders = ['/dman', metaFolder]
  const there = await Promise.all(folders.map((path) => session.exists(path)))
  const missing = folders.filter((_, index) => there[index] === null)
  const made = missing.map((path): Operation => ({ do: 'create', path, data: Buffer.alloc(0), acl }))
  await session.multi([...made, { do: 'create', path: leftPath, data, acl }])
}
