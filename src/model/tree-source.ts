/** A tree as the inventory has it, defaults filled in. */
export interface TreeSource {
  readonly name: string
  /** absolute znode path */
  readonly path: string
  /** absolute paths of the source's folders, at least one; later ones win, path by path */
  readonly from: readonly string[]
  /** files: each file is a znode; keys: each key of YAML, JSON, .properties and .env files is one */
  readonly format: 'files' | 'keys'
  /** between nested keys: they are names of a path, or joined to one name */
  readonly separator: '/' | '.'
  /** values are ejs templates, which may name `variables` */
  readonly templates: boolean
  readonly variables: TemplateVariables
  /** absolute path of a JSON Schema */
  readonly schema?: string
  readonly validate?: ValidateCommand
  readonly prune: 'owned' | 'never'
  /** `scheme:id:perms`, such as `digest:dman:cdrwa` (an identity by name) or `world:anyone:r` */
  readonly acl: readonly string[]
  /** ACLs of what a pattern matches, instead of the tree's; the last that matches wins */
  readonly acls: readonly { readonly pattern: string; readonly acl: readonly string[] }[]
  /** patterns of paths below the tree's (model/pattern.ts); what matches one is never shown */
  readonly secret: readonly string[]
  /** closed: `/` itself is written by dman alone, too; open: it is left as it is */
  readonly root: 'open' | 'closed'
  /** generations kept, the current one included */
  readonly history: number
}

/** All ACLs that a tree names: its own, and those of patterns. */
export const aclsOf = ({ acl, acls }: Pick<TreeSource, 'acl' | 'acls'>): readonly (readonly string[])[] => [
  acl,
  ...acls.map((one) => one.acl),
]

/** What a template may name. */
export interface TemplateVariables {
  readonly ensemble: string
  /** in order of id; without those that leave */
  readonly hosts: readonly {
    readonly name: string
    readonly id: number
    readonly address: string
    readonly role: string
  }[]
  readonly ports: Readonly<Record<string, number>>
  /** the connection string of clients, `ADDRESS:PORT,…` */
  readonly connect: string
  /** the inventory's, overlaid by the tree's */
  readonly vars: Readonly<Record<string, Variable>>
}

export type Variable = string | number | boolean | readonly Variable[] | { readonly [name: string]: Variable }

/** Run with the rendered folder as one more argument, in `folder`, never by a shell. */
export interface ValidateCommand {
  /** the command, an absolute path or a name of PATH, and its arguments */
  readonly command: readonly [string, ...string[]]
  /** absolute path of the inventory's folder */
  readonly folder: string
}
