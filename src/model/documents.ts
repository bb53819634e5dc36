import type { HostName, Role } from './names.ts'
import type { Secret } from './secret.ts'

// What --json prints as one document (docs/design.md, Commands and exit codes). Commands make them, the view shows them.

export interface StatusDocument {
  ensemble: string
  quorum: boolean
  healthy: boolean
  leader: HostName | null
  members: MemberStatus[]
  trees: TreeStatus[]
}

export type MemberState = 'leader' | 'follower' | 'observer' | 'down' | 'unreachable'

export interface MemberStatus {
  host: HostName
  id: number
  address: string
  role: Role
  state: MemberState
  version: string | null
  /** 16 hex digits */
  zxid: string | null
  connections: number | null
  uptime_s: number | null
  problems: string[]
}

export interface TreeStatus {
  name: string
  path: string
  generation: number | null
  /** ISO 8601 */
  applied_at: string | null
  drift: boolean | null
}

/** What `tree history --json` prints; the newest generation first. */
export interface HistoryDocument {
  tree: string
  path: string
  generations: HistoryGeneration[]
}

export interface HistoryGeneration {
  generation: number
  /** ISO 8601 */
  at: string
  who: string
  run: string
  reason: string
  /** znodes */
  created: number
  set: number
  deleted: number
  /** znodes that were there and got another ACL */
  acl: number
  /** written to znodes */
  bytes: number
}

/** When no write could be acknowledged, since this member was taken down; `pauses` in the result of a run that restarted members. */
export interface WritePause {
  host: HostName
  /** an upper bound, from what was seen; null: writes were not seen to be possible again */
  at_most_ms: number | null
}

export interface PlanDocument {
  version: 1
  ensemble: string
  changes: PlannedChange[]
  steps: { kind: string; hosts: HostName[]; reason: string }[]
  restarts: { host: HostName; reason: string }[]
  /** why nothing of it would be done; left out: it would be */
  refusals?: PlanProblem[]
  /** what it would end in, where that is not what was asked for; left out: in that */
  ends?: PlanProblem[]
}

export interface PlanProblem {
  host?: HostName
  step: string
  got: string
  hint: string
}

export interface PlannedChange {
  kind: string
  host?: HostName
  path?: string
  summary: string
  reason: string
  /** unified diff, secrets struck out */
  diff?: string
}

export interface CheckDocument {
  ensemble: string
  ok: boolean
  findings: { host: HostName; question: string; level: 'ok' | 'warning' | 'refusal'; got: string; hint: string }[]
}

/** Where a znode of a tree comes from, by its sources alone. */
export interface ExplainDocument extends ExplainPlace {
  tree: string
  path: string
  is: 'file' | 'key' | 'folder'
  /** what it took the place of, nearest first */
  overrides: ExplainPlace[]
  bytes: number
  /** templates filled in; null where it is secret or no text */
  value: string | null
  /** as the inventory has it, without hashes of passwords */
  acl: string[]
  /** of `acls`; null: the ACL is the tree's */
  acl_pattern: string | null
  secret_pattern: string | null
}

export interface ExplainPlace {
  /** absolute paths of the file, and of the source's folder that it is in */
  file: string
  folder: string
  /** in a file of keys, from 1 */
  line: number | null
}

export interface ClientDocument {
  ensemble: string
  /** `ADDRESS:PORT,…`, as clients take it */
  connect: string
  servers: { host: HostName; address: string; port: number }[]
  /** `head`: the path of the znode that a reader follows; `readers`: who may read all of it, `scheme:id` */
  trees: { name: string; path: string; head: string; readers: string[] }[]
  /** by TLS, where `ports.secure` is set; `ca_file`: absolute path of the CA's certificate, `ca`: that itself, PEM, null until `up` made it */
  secure?: { connect: string; ca_file: string; ca: string | null }
}

/** Where a status says that clients connect, each as clients take it; `secure`: by TLS, where `ports.secure` is set. */
export interface Connect {
  connect: string
  secure?: string
}

/** What a person is told of trees, by their names, that the document has no place for. */
export interface TreeRemarks {
  readonly remarks?: ReadonlyMap<string, TreeRemark>
}

/** Words to stand beside it; `unread`: its generation is not known, and why, if that was told. */
export type TreeRemark =
  { readonly is: 'unread'; readonly words?: string } | { readonly is: 'seen'; readonly words: string }

/** What a command ends with, to be printed: for a person as tables and lines, or as one document. */
export type Printed =
  | ({ is: 'status'; status: StatusDocument; pauses?: readonly WritePause[] } & Connect & TreeRemarks)
  | { is: 'plan'; plan: PlanDocument }
  | { is: 'check'; check: CheckDocument }
  | { is: 'history'; history: HistoryDocument }
  | { is: 'client'; client: ClientDocument; auth?: Secret }
  /** lines for a person; `document` is what --json prints instead of them */
  | { is: 'said'; lines: readonly string[]; document?: unknown }
