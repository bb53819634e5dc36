import type { PlannedChange } from '../../model/documents.ts'
import type { Acl, Operation } from '../../zookeeper/zookeeper.ts'
import type { Hash, Written } from '../meta/manifest.ts'
import type { LiveZnode } from '../observe.ts'

export interface TreeChange extends PlannedChange {
  kind: 'create' | 'set' | 'acl' | 'delete' | 'adopt' | 'forget' | 'finish'
  path: string
  /** someone else changed what we own */
  drift: boolean
  /** the version that must be there when it is made (of an ACL: how often that was changed); null where nothing is, or is looked at */
  expects: number | null
}

/** One write of a tree's znode, and the bytes there that go to the history first. */
export type Edit = Operation & { readonly replaces?: Replaced }

export interface Replaced {
  readonly hash: Hash
  /** in bytes */
  readonly size: number
}

/** An ACL to be set where it was changed `version` times so far. */
export interface AclEdit {
  readonly path: string
  readonly acl: readonly Acl[]
  readonly version: number
}

/** What takes permissions away, before any data is written, and what gives them, after it. */
export interface AclEdits {
  readonly before: readonly AclEdit[]
  readonly after: readonly AclEdit[]
}

export type Owned = ReadonlyMap<string, readonly Written[]>
export type Live = ReadonlyMap<string, LiveZnode>

export const change = (
  kind: TreeChange['kind'],
  path: string,
  about: { detail?: string; reason: string; drift?: boolean; expects?: number },
): TreeChange => ({
  kind,
  path,
  summary: `${kind} ${path}${about.detail ?? ''}`,
  reason: about.reason,
  drift: about.drift ?? false,
  expects: about.expects ?? null,
})

export const sized = (count: number): string => ` (${count} bytes)`

/** The same edit, whose former bytes are kept already or not at all. */
export function withoutBytes(edit: Edit): Edit {
  const { replaces, ...operation } = edit
  return replaces === undefined ? edit : operation
}
