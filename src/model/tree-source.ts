/** A tree as the inventory has it. */
export interface TreeSource {
  readonly name: string
  /** absolute znode path */
  readonly path: string
  /** absolute path of the source folder */
  readonly from: string
  readonly format: 'files'
  readonly prune: 'owned' | 'never'
  /** `scheme:id:perms`, such as `digest:dman:cdrwa` (an identity by name) or `world:anyone:r` */
  readonly acl: readonly string[]
}
