import { createReadStream, statSync } from 'node:fs'
import { Failure, wordsOf } from '../../model/failure.ts'
import { isWithin } from '../../model/znode-path.ts'
import type { Acl } from '../../zookeeper/zookeeper.ts'
import type { Identities } from '../acl.ts'
import type { SourceEntry } from '../desired.ts'
import { znodesInJson } from './zk-shell.ts'

/** What a file holds, for the tree at a path, and the path that it was taken from. */
export interface Imported {
  readonly entries: SourceEntry[]
  readonly from: string
}

/**
 * All znodes of a file in zk-shell's JSON, to be put at and below `path`: where they are in the file or, where they are not all there, with the
 * topmost of them at `path`. Names of identities stand for their digests. Throws a Failure, exit 3, where it can't be read or is something else.
 */
export async function readJson(file: string, path: string, identities: Identities): Promise<Imported> {
  const texts = aclTexts(identities)
  const found: (Omit<SourceEntry, 'below'> & { path: string })[] = []
  try {
    // a pipe would be waited for without an end
    if (!statSync(file).isFile()) throw new Error('it is no regular file')
    for await (const znode of znodesInJson(createReadStream(file, { highWaterMark: 1024 * 1024 }), file))
      found.push({
        path: znode.path,
        data: znode.data,
        file: `${file}: ${JSON.stringify(znode.path)}`,
        ...(znode.isNull && { isNull: true }),
        ...(znode.acl && { acl: texts(znode.acl) }),
      })
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw unreadable(file, cause)
  }
  const from = topOf(
    found.map((znode) => znode.path),
    path,
  )
  if (from === undefined) throw noTree(file, found.length)
  const entries = found.map(({ path: at, ...rest }) => ({ below: at.slice(from.length + 1), ...rest }))
  return { entries: withParents(entries, file), from }
}

/** Parents first, and with those that a file leaves out, without data. */
export function withParents(entries: readonly SourceEntry[], file: string): SourceEntry[] {
  const there = new Set(entries.map(({ below }) => below))
  const missing = new Set<string>()
  for (const { below } of entries)
    for (let above = parentOf(below); above !== undefined && !there.has(above); above = parentOf(above)) {
      there.add(above)
      missing.add(above)
    }
  const added = [...missing].map((below) => ({ below, data: Buffer.alloc(0), file }))
  return [...entries, ...added].sort((a, b) => (a.below < b.below ? -1 : 1))
}

/** '' is the top; it has none. */
const parentOf = (below: string): string | undefined =>
  below === '' ? undefined : below.slice(0, Math.max(0, below.lastIndexOf('/')))

/** The path that all of them are at or below: the tree's own, or the one of them that the others are below; undefined where there is none. */
export function topOf(paths: readonly string[], path: string): string | undefined {
  if (paths.length === 0) return undefined
  const shortest = paths.reduce((a, b) => (b.length < a.length ? b : a))
  const top = isWithin(path, shortest) ? path : shortest
  return top !== '/' && paths.every((one) => isWithin(top, one)) ? top : undefined
}

/** ACLs as an inventory writes them; equal ones are one array, for a hundred thousand znodes have a few between them. */
export function aclTexts(identities: Identities): (acl: readonly Acl[]) => readonly string[] {
  const names = new Map(Object.entries(identities).map(([name, digest]) => [digest, name]))
  const known = new Map<string, readonly string[]>()
  return (acl) => {
    const texts = acl.map(({ scheme, id, perms }) => {
      const name = scheme === 'digest' ? names.get(id) : undefined
      return `${scheme}:${name ?? id}:${perms}`
    })
    const key = JSON.stringify(texts)
    const same = known.get(key) ?? texts
    known.set(key, same)
    return same
  }
}

const unreadable = (file: string, cause: unknown): Failure =>
  new Failure({
    step: `read ${file}`,
    got: wordsOf(cause),
    hint: 'name a folder, or a file of JSON, that can be read',
    exit: 3,
    cause,
  })

const noTree = (file: string, znodes: number): Failure =>
  new Failure({
    step: `read ${file}`,
    got: znodes === 0 ? 'it holds no znodes' : 'its znodes are not one tree: no one of them is above all others',
    hint: 'export the tree by its own path',
    exit: 3,
  })
