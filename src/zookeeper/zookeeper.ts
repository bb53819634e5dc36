import type { EnsembleConfig, Member } from './config.ts'

/** What observing needs of a session: nothing here writes. Every call has a deadline of its own; every rejection is a ZooKeeperError. */
export interface Reader {
  /** null where there is no such znode; never for any other reason. `isNull`: data that was never set, which comes as an empty Buffer */
  get(path: string): Promise<{ data: Buffer; isNull?: boolean; stat: Stat } | null>
  exists(path: string): Promise<Stat | null>
  /** names of children, sorted; null where there is no such znode */
  children(path: string): Promise<readonly string[] | null>
  /** the server shows digests as `user:x` to those who may not administer the znode */
  getAcl(path: string): Promise<{ acl: readonly Acl[]; stat: Stat } | null>
  /** what is read after it is as new as the leader was */
  sync(path: string): Promise<void>
}

/** One session with the ensemble; rejects as its Reader does. */
export interface ZooKeeper extends Reader {
  readonly sessionId: string
  /** `version` is the expected aversion */
  setAcl(path: string, acl: readonly Acl[], version: number): Promise<void>
  /**
   * All or nothing; expected versions are exact, also 0; -1 is any version, as ZooKeeper has it. Resolves to the transaction's zxid where it makes
   * a znode, else to null.
   */
  multi(operations: readonly Operation[]): Promise<string | null>
  close(): Promise<void>
}

/** A session that may also change who belongs to the ensemble; the server lets only the super user (or the ACL of /zookeeper/config) do it. */
export interface Admin extends ZooKeeper {
  /**
   * One incremental change, made only while `from` is the version of /zookeeper/config; resolves to what it says then. Rejects also with
   * BAD_VERSION, RECONFIG_IN_PROGRESS and NEW_CONFIG_NO_QUORUM, of which it is certain that nothing was changed.
   */
  reconfig(change: Reconfig): Promise<EnsembleConfig>
}

/** Members that come in, or come to be otherwise, and ids that leave; one or the other. `from`: 16 hex digits. */
export interface Reconfig {
  readonly joining: readonly Member[]
  readonly leaving: readonly number[]
  readonly from: string
}

export type Operation =
  /** `isNull`: its data, which is empty, is to be null, as if it was never set */
  | { do: 'create'; path: string; data: Buffer; isNull?: boolean; acl: readonly Acl[] }
  | { do: 'set'; path: string; data: Buffer; version: number }
  | { do: 'delete'; path: string; version: number }
  | { do: 'check'; path: string; version: number }

/** Zxids as 16 hex digits. */
export interface Stat {
  readonly czxid: string
  readonly mzxid: string
  readonly version: number
  readonly aversion: number
  readonly ephemeralOwner: string
  readonly dataLength: number
  readonly numChildren: number
}

/** Permissions as a string out of `cdrwa`. */
export interface Acl {
  readonly scheme: string
  readonly id: string
  readonly perms: string
}

/**
 * `code` as ZooKeeper names it (NO_NODE, BAD_VERSION, NODE_EXISTS, NOT_EMPTY, NO_AUTH, …). CONNECTION_LOSS, OPERATION_TIMEOUT and
 * SESSION_EXPIRED leave the outcome of a write unknown; `index` is the operation of a multi that failed.
 */
export class ZooKeeperError extends Error {
  override readonly name: string = 'ZooKeeperError'
  constructor(
    readonly code: string,
    message: string,
    readonly index?: number,
  ) {
    super(message)
  }
  get outcomeUnknown(): boolean {
    return ['CONNECTION_LOSS', 'OPERATION_TIMEOUT', 'SESSION_EXPIRED'].includes(this.code)
  }
}

/** Whether a znode goes by itself: with its session, with its last child, or with time. */
export const isEphemeral = ({ ephemeralOwner }: Pick<Stat, 'ephemeralOwner'>): boolean =>
  /[1-9a-f]/.test(ephemeralOwner)
