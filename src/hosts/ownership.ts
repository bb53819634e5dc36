import type { Fact } from '../model/fact.ts'
import type { HostName } from '../model/names.ts'
import type { DataFacts } from '../remote/host-facts.ts'

/** The member that a host's data has to be of. */
export interface Owner {
  readonly ensemble: string
  readonly host: HostName
  readonly id: number
}

/** Whose data a host holds; `got` says what is wrong with it, and `hint` what to do where that is not looking at the data. */
export type Ownership =
  | { readonly is: 'nobody' }
  | { readonly is: 'own' }
  | { readonly is: 'ensemble' | 'member' | 'unstamped'; readonly got: string }
  | { readonly is: 'unknown'; readonly got: string; readonly hint: string }

/** What cannot be read is told before anything is compared: unknown is neither absent nor ours. Pure. */
export function ownershipOf(owner: Owner, { is, stamp, myid }: DataFacts): Ownership {
  const unread = (what: string, { got, hint }: { got: string; hint: string }): Ownership => ({
    is: 'unknown',
    got: `${what} could not be read: ${got}`,
    hint,
  })
  if (stamp.is === 'unknown') return unread('the stamp of its data', stamp.why)
  if (myid.is === 'unknown') return unread('its data/myid', myid.why)
  if (stamp.is === 'absent')
    return is === 'empty' ? { is: 'nobody' } : { is: 'unstamped', got: 'data/ holds something, and no stamp of ours' }
  const { ensemble, host, id } = stamp.value
  if (ensemble !== owner.ensemble) return { is: 'ensemble', got: `its data is of the ensemble ${ensemble}` }
  if (host !== owner.host || id !== owner.id) return { is: 'member', got: `its data is that of ${host} with id ${id}` }
  if (myid.is === 'present' && myid.value.trim() !== String(owner.id))
    return { is: 'member', got: `its data/myid says ${myid.value.trim()}, the inventory ${owner.id}` }
  return { is: 'own' }
}

/**
 * What is wrong with the foundings of one ensemble's data, by host. All has to be of one, the recorded one where there is a
 * record: an ensemble founded twice has two truths, and the one with the higher epoch would win. Without a record nobody can
 * tell which is right, so all are named. Pure.
 */
export function foundingConflicts(
  stamped: readonly { readonly host: HostName; readonly founding: string }[],
  recorded: Fact<string>,
): readonly { readonly host: HostName; readonly got: string }[] {
  return stamped.flatMap(({ host, founding }) => {
    if (recorded.is === 'present')
      return founding === recorded.value
        ? []
        : [{ host, got: `its data is of the founding ${founding}, .dman records ${recorded.value}` }]
    const other = stamped.find((one) => one.founding !== founding)
    if (other === undefined) return []
    return [{ host, got: `its data is of the founding ${founding}, that of ${other.host} is of ${other.founding}` }]
  })
}

/** What to do about data that is not this member's. */
export const notOurs = (home: string, host: HostName): string =>
  `nothing was touched; look at ~/${home}/data on ${host}, and set it aside if it is not needed, or name another home`
