import { format, laterVersion } from '../../model/format.ts'
import type { HostName } from '../../model/names.ts'
import type { HostFacts } from '../../remote/host-facts.ts'
import { foundingConflicts, notOurs, ownershipOf } from '../ownership.ts'
import { type Finding, type Known, ok, refusal, type Seen } from './finding.ts'

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
  const { got, hint, exit } = laterVersion(found, 'preflight', host)
  return refusal(host, 'format', got, hint, exit)
}

function data(known: Known, { host, facts: { laid } }: Seen): Finding {
  const { ensemble, home } = known.inventory
  if (laid.is === 'unknown') return refusal(host.name, 'data', `could not be read: ${laid.why.got}`, laid.why.hint, 5)
  if (laid.is === 'absent') return ok(host.name, 'data', 'none')
  const found = ownershipOf({ ensemble, host: host.name, id: host.id }, laid.value.data)
  if (found.is === 'nobody') return ok(host.name, 'data', 'none')
  if (found.is === 'own') return ok(host.name, 'data', `of ${ensemble}, id ${host.id}`)
  return refusal(host.name, 'data', found.got, found.is === 'unknown' ? found.hint : notOurs(home, host.name), 5)
}

/** Whether all data is of one founding, and of the one that .dman records, if any. */
export function foundings(known: Known, seen: readonly Seen[]): readonly Finding[] {
  const { ensemble, home } = known.inventory
  const stamped = seen.flatMap(({ host, facts: { laid } }) => {
    const stamp = laid.is === 'present' ? laid.value.data.stamp : undefined
    return stamp?.is === 'present' && stamp.value.ensemble === ensemble
      ? [{ host: host.name, founding: stamp.value.founding }]
      : []
  })
  return foundingConflicts(stamped, known.founding).map(({ host, got }) =>
    refusal(host, 'data', got, notOurs(home, host), 5),
  )
}
