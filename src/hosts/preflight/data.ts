import type { HostName } from '../../model/names.ts'
import type { HostFacts } from '../../remote/host-facts.ts'
import { format } from '../desired.ts'
import { ok, refusal, type Finding, type Known, type Seen } from './finding.ts'

const leave = 'nothing was touched; give this host another home in the inventory, or move that folder away yourself'

/** Whether what lies in the home is this member's own: exit 5 for anything else, and for a later version's. */
export const dataFindings = (known: Known, seen: Seen): readonly Finding[] => [
  formatFinding(seen.host.name, seen.facts),
  data(known, seen),
]

export function formatFinding(host: HostName, facts: HostFacts): Finding {
  const found = Math.max(
    facts.laid.is === 'present' ? facts.laid.value.format : 0,
    facts.lock.is === 'present' ? facts.lock.value.format : 0,
  )
  if (found <= format) return ok(host, 'format', found === 0 ? 'nothing there' : String(found))
  const got = `this was written by a later version (format ${found}; this program knows ${format})`
  return refusal(host, 'format', got, 'use that version of dman-bootstrap, or a newer one', 5)
}

function data(known: Known, { host, facts }: Seen): Finding {
  const { laid } = facts
  if (laid.is === 'unknown') return refusal(host.name, 'data', `could not be read: ${laid.why.got}`, laid.why.hint, 5)
  if (laid.is === 'absent' || laid.value.data.is === 'empty') return ok(host.name, 'data', 'none')
  const { stamp, myid } = laid.value.data
  const foreign = (got: string) => refusal(host.name, 'data', got, leave, 5)
  if (stamp.is === 'unknown') return foreign(`the stamp of its data could not be read: ${stamp.why.got}`)
  if (myid.is === 'unknown') return foreign(`myid could not be read: ${myid.why.got}`)
  if (stamp.is === 'absent') return foreign('there is data without our stamp')
  const { ensemble, host: owner, id } = stamp.value
  if (ensemble !== known.inventory.ensemble) return foreign(`its data belongs to the ensemble ${ensemble}`)
  if (owner !== host.name) return foreign(`its data belongs to ${owner}`)
  if (id !== host.id) return foreign(`its data was made for id ${id}, the inventory says ${host.id}`)
  if (myid.is === 'present' && myid.value.trim() !== String(host.id))
    return foreign(`myid says ${myid.value.trim()}, the inventory says ${host.id}`)
  return ok(host.name, 'data', `of ${ensemble}, id ${id}`)
}

/**
 * Whether all data is of one founding, and of the one that .dman records, if any. An ensemble founded twice has two truths, and
 * the one with the higher epoch would win. Without a record nobody can tell which is right, so all are named.
 */
export function foundings(known: Known, seen: readonly Seen[]): readonly Finding[] {
  const stamped = seen.flatMap(({ host, facts: { laid } }) => {
    const stamp = laid.is === 'present' ? laid.value.data.stamp : undefined
    return stamp?.is === 'present' && stamp.value.ensemble === known.inventory.ensemble
      ? [{ host: host.name, founding: stamp.value.founding }]
      : []
  })
  return stamped.flatMap(({ host, founding }) => {
    if (known.founding.is === 'present') {
      const recorded = known.founding.value
      if (founding === recorded) return []
      return [refusal(host, 'data', `its data is of the founding ${founding}, .dman records ${recorded}`, leave, 5)]
    }
    const other = stamped.find((one) => one.founding !== founding)
    if (other === undefined) return []
    const got = `its data is of the founding ${founding}, that of ${other.host} is of ${other.founding}`
    return [refusal(host, 'data', got, leave, 5)]
  })
}
