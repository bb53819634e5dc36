/** A host's key in the inventory, such as `zk1`. */
export type HostName = string
/** 64 lower-case hex digits. */
export type Sha256 = string
/** `java-`, `zookeeper-` or `conf-` and 12 hex digits of a sha256: a folder below ~/dman/releases. */
export type ReleaseName = string
/** leads or follows with a vote, watches without one, or leaves the ensemble. */
export type Role = 'participant' | 'observer' | 'absent'

/** Whether it is to serve, with a vote or without: what is absent leaves, or has left. */
export const isWanted = ({ role }: { readonly role: Role }): boolean => role !== 'absent'
