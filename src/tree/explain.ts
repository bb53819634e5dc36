import { readAcl } from '../model/acl-text.ts'
import type { ExplainDocument } from '../model/documents.ts'
import { Failure } from '../model/failure.ts'
import { matcher } from '../model/pattern.ts'
import type { TreeSource } from '../model/tree-source.ts'
import { isWithin } from '../model/znode-path.ts'
import { textOf } from './diff.ts'
import { join } from './path.ts'
import type { ReadSource } from './source.ts'
import type { Layered } from './source/layers.ts'

/**
 * Where one znode of a source comes from, what that took the place of, and which patterns match it; `asked` is an absolute path or one below the
 * tree's. Throws a Failure, exit 3, where no source has it.
 */
export function explain({ source, entries, overridden }: ReadSource, asked: string): ExplainDocument {
  const below = belowOf(source, asked)
  const entry = entries.find((one) => one.below === below)
  if (entry === undefined) throw unknown(source, below, entries)
  const acl = source.acls.findLast(({ pattern }) => matcher(pattern)(below))
  const secret = source.secret.find((pattern) => matcher(pattern)(below)) ?? null
  const over = (overridden.get(below) ?? []).filter((other) => other !== entry)
  return {
    tree: source.name,
    path: below === '' ? source.path : join(source.path, below),
    ...placeIn(source, entry),
    is: entry.isFolder === true ? 'folder' : entry.key === undefined ? 'file' : 'key',
    overrides: over.map((other) => placeIn(source, other)),
    bytes: entry.data.length,
    value: secret === null ? (textOf(entry.data) ?? null) : null,
    acl: (acl?.acl ?? source.acl).map(withoutDigest),
    acl_pattern: acl?.pattern ?? null,
    secret_pattern: secret,
  }
}

function belowOf({ path, name }: TreeSource, asked: string): string {
  if (!asked.startsWith('/')) return asked.replace(/\/+$/, '')
  if (isWithin(path, asked)) return asked.slice(path.length + 1).replace(/\/+$/, '')
  throw new Failure({
    step: `explain ${asked}`,
    got: `it is not below ${path}, the path of tree ${name}`,
    hint: 'name a path below it, absolute or without the slash at its beginning',
    exit: 3,
  })
}

function placeIn({ from }: TreeSource, { file, key, layer }: Layered): ExplainDocument['overrides'][number] {
  return { file, line: key?.line ?? null, folder: from[layer] ?? '' }
}

/** What is next to it in the tree is most likely what was meant. */
function unknown({ name, path }: TreeSource, below: string, entries: readonly Layered[]): Failure {
  let parent = below
  do parent = parent.slice(0, Math.max(parent.lastIndexOf('/'), 0))
  while (parent !== '' && !entries.some((one) => one.below === parent))
  const names = entries.flatMap((one) => {
    const rest = parent === '' ? one.below : isWithin(parent, one.below) ? one.below.slice(parent.length + 1) : ''
    return rest === '' || rest.includes('/') ? [] : [rest]
  })
  const shown = names.length > 10 ? [...names.slice(0, 10), '…'] : names
  return new Failure({
    step: `explain ${join(path, below)}`,
    got: `no source of tree ${name} has it`,
    hint: `${parent === '' ? path : join(path, parent)} has ${shown.length === 0 ? 'nothing below it' : shown.join(', ')}`,
    exit: 3,
  })
}

/** The hash of a password is nothing to show. */
function withoutDigest(text: string): string {
  const acl = readAcl(text)
  return 'wrong' in acl || acl.scheme !== 'digest' ? text : `digest:${acl.id.replace(/:.*$/, '')}:${acl.perms}`
}
