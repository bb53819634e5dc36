import type { Inventory, InventoryHost } from '../../inventory/inventory.ts'
import type { Archive } from '../../local/archive.ts'
import type { Fact } from '../../model/fact.ts'
import type { FailureExit } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { HostFacts } from '../../remote/host-facts.ts'

export type Question =
  | 'login'
  | 'tools'
  | 'platform'
  | 'libc'
  | 'disk'
  | 'inodes'
  | 'memory'
  | 'exec'
  | 'file system'
  | 'address'
  | 'ports'
  | 'open files'
  | 'cron'
  | 'logout'
  | 'clock'
  | 'machine'
  | 'data'
  | 'format'
  | 'reach'

/** One question asked of one host. `exit` is there for a refusal: 5 where data is at risk, else 4 or 1. */
export interface Finding {
  readonly host: HostName
  readonly question: Question
  readonly level: 'ok' | 'warning' | 'refusal'
  readonly got: string
  /** what to do next; empty when all is well */
  readonly hint: string
  readonly exit?: FailureExit
}

/** What the questions are asked against. */
export interface Known {
  readonly inventory: Inventory
  readonly archives: readonly Archive[]
  /** id of the founding that .dman records; absent where it records none */
  readonly founding: Fact<string>
}

/** A host of the inventory that was observed. */
export interface Seen {
  readonly host: InventoryHost
  readonly facts: HostFacts
}

export const ok = (host: HostName, question: Question, got: string): Finding => ({
  host,
  question,
  level: 'ok',
  got,
  hint: '',
})

export const warning = (host: HostName, question: Question, got: string, hint: string): Finding => ({
  host,
  question,
  level: 'warning',
  got,
  hint,
})

export const refusal = (
  host: HostName,
  question: Question,
  got: string,
  hint: string,
  exit: FailureExit = 1,
): Finding => ({ host, question, level: 'refusal', got, hint, exit })
