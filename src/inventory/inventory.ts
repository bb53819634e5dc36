import type { HostName, Role } from '../model/names.ts'
import type { TreeSource } from '../model/tree-source.ts'

/** The inventory as the rest of the program sees it: complete, defaults filled in, relative paths made absolute. */
export interface Inventory {
  /** absolute path of the folder that relative paths and .dman start from */
  readonly directory: string
  readonly ensemble: string
  /** folder below the user's home on each host, such as `dman` or `apps/dman` */
  readonly home: string
  /** in order of id */
  readonly hosts: readonly InventoryHost[]
  readonly ports: Ports
  readonly java: ArchiveSource
  readonly zookeeper: {
    readonly archive: ArchiveSource
    /** as Java takes it behind -Xmx, such as `512m` */
    readonly heap: string
    readonly jvm: readonly string[]
    /** zoo.cfg keys: our defaults, overlaid by what the file says */
    readonly config: Readonly<Record<string, string>>
  }
  readonly tls: boolean
  readonly trees: readonly TreeSource[]
  /** absolute path of .dman/<ensemble>, and of secrets.json */
  readonly state: string
  readonly secrets: string
}

export interface InventoryHost {
  readonly name: HostName
  readonly id: number
  /** what peers and clients use; IPv4, IPv6 or a name */
  readonly address: string
  readonly role: Role
  readonly ssh: SshSettings
}

/** What is not there, ~/.ssh/config says, or the usual holds. */
export interface SshSettings {
  /** where SSH connects: `ssh.host`, else the address */
  readonly host: string
  readonly port?: number
  readonly user?: string
  /** absolute path of a private key */
  readonly identity?: string
  /** absolute path */
  readonly knownHosts?: string
  /** hops as `user@host:port`, first hop first; user and port may be left out; empty for a direct connection */
  readonly jump?: readonly string[]
}

export interface Ports {
  readonly client: number
  readonly peer: number
  readonly election: number
  readonly secure?: number
  readonly metrics?: number
}

/** `sha256:<64 hex>` or `sha512:<128 hex>` */
export type Checksum = string

/** `version` beside a path or URL is what the archive has to be: another one is refused when it is read. */
export type ArchiveSource =
  | { readonly from: 'path'; readonly path: string; readonly checksum?: Checksum; readonly version?: string }
  | { readonly from: 'url'; readonly url: string; readonly checksum: Checksum; readonly version?: string }
  /** Apache's own archive of that ZooKeeper version, verified by the .sha512 that Apache publishes beside it */
  | { readonly from: 'apache'; readonly version: string; readonly checksum?: Checksum }
