import type { Inventory } from '../../../inventory/inventory.ts'
import type { Operator } from '../../../local/operator.ts'
import type { Passphrase } from '../../../local/secrets.ts'
import type { Asker } from '../../../model/asker.ts'
import type { Emit } from '../../../model/event.ts'
import type { HostName } from '../../../model/names.ts'

/** What every command takes; times in ms. */
export interface Options {
  readonly json: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  readonly yes: boolean
  readonly dryRun: boolean
  /** only these are changed; all are observed */
  readonly hosts?: readonly HostName[]
  readonly concurrency: number
  /** what one step may take */
  readonly timeout: number
  readonly lockWait: number
  readonly acceptNewHostKeys: boolean
}

/** Whether --hosts lets that host be changed. No I/O. */
export const isMeant = ({ hosts }: Pick<Options, 'hosts'>, host: HostName): boolean => hosts?.includes(host) ?? true

/** One invocation: what it works on, and its ways to the person and the clock. */
export interface Run<O = object> {
  /** random, names this run in the lock, in HEAD and in the audit file */
  readonly id: string
  readonly command: string
  readonly inventory: Inventory
  readonly options: Options & O
  readonly emit: Emit
  /** of secrets.json, where it is sealed: `known` by the environment, else `ask` asks, once */
  readonly passphrase: { known: Passphrase; ask: Passphrase }
  readonly ask: Asker
  /** Ctrl-C: looked at between steps only, once something is being changed */
  readonly interrupted: AbortSignal
  readonly operator: Operator
}
