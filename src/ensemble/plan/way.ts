import { isAtHand, wantedStage } from '../../hosts/tls.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { Failure } from '../../model/failure.ts'
import type { TlsMaterials } from '../../model/tls-materials.ts'
import type { TlsStage } from '../../model/tls-stage.ts'
import type { EnsembleFacts } from '../facts.ts'
import { hasExpired, stagesNow } from './staged.ts'
import { wayTo } from './stages.ts'

/**
 * The stages of TLS that members go through, from what was seen to what is asked for, by the certificates at hand; that one alone where there
 * is no way with all of them.
 */
export function wayOf(
  { hosts, tls }: Pick<Inventory, 'hosts' | 'tls'>,
  made: TlsMaterials | undefined,
  now: EnsembleFacts,
): readonly TlsStage[] {
  const wanted = wantedStage(tls, made)
  const { all, serving } = stagesNow(hosts, now)
  // Then all are changed together (staged.ts).
  if ((serving.length > 0 ? serving : all).some((stage) => hasExpired(stage, now))) return [wanted]
  if (isAlone(hosts, now)) return [wanted]
  const way = wayTo(wanted, all) ?? wayTo(wanted, serving) ?? [wanted]
  const names = hosts.filter(({ role }) => role !== 'absent').map(({ name }) => name)
  // Where certificates are not at hand that is refused; what would be the end of it can be shown.
  return way.every((stage) => isAtHand(stage, names, made)) ? way : [wanted]
}

/** One member that stays so talks to nobody: one restart, not three that each stop the service. */
const isAlone = (hosts: Inventory['hosts'], { config }: EnsembleFacts): boolean =>
  hosts.filter(({ role }) => role !== 'absent').length === 1 &&
  config.is === 'present' &&
  config.value.members.length === 1

/** Members trust a CA that secrets.json does not have: by a new one, all at once, they would lose each other. */
export function foreignCa(
  hosts: Inventory['hosts'],
  made: TlsMaterials | undefined,
  now: EnsembleFacts,
): readonly Failure[] {
  const known = Object.keys(made?.authorities ?? {})
  const { serving } = stagesNow(hosts, now)
  const foreign = new Set(serving.flatMap(({ trusts }) => trusts).filter((print) => !known.includes(print)))
  if (foreign.size === 0) return []
  return [
    new Failure({
      step: 'read secrets.json',
      got: `members trust a CA that it does not have (${[...foreign].join(', ')})`,
      hint: 'put back the secrets.json that this ensemble was run with last',
      exit: 5,
    }),
  ]
}
