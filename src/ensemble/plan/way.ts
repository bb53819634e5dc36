import { isAtHand, wantedStage } from '../../hosts/desired/tls.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { Failure } from '../../model/failure.ts'
import { type HostName, isWanted } from '../../model/names.ts'
import type { TlsMaterials } from '../../model/tls-materials.ts'
import type { TlsStage } from '../../model/tls-stage.ts'
import type { EnsembleFacts } from '../facts.ts'
import { hasExpired, stagesNow } from './staged.ts'
import { wayTo } from './stages.ts'

type Asked = Pick<Inventory, 'hosts' | 'tls'>

/**
 * The stages of TLS that members go through, from what was seen to what is asked for, by the certificates at hand; that one alone where there
 * is no way with all of them. Where certificates of the way are not at hand (`uncertified`) it is what would be the end of it.
 */
export function wayOf(asked: Asked, made: TlsMaterials | undefined, now: EnsembleFacts): readonly TlsStage[] {
  const way = soughtWay(asked, made, now)
  return lacking(asked, way, made).length === 0 ? way : way.slice(-1)
}

function soughtWay({ hosts, tls }: Asked, made: TlsMaterials | undefined, now: EnsembleFacts): readonly TlsStage[] {
  const wanted = wantedStage(tls, made)
  const { all, serving } = stagesNow(hosts, now)
  // Then all are changed together (staged.ts).
  if ((serving.length > 0 ? serving : all).some((stage) => hasExpired(stage, now))) return [wanted]
  if (isAlone(hosts, now)) return [wanted]
  return wayTo(wanted, all) ?? wayTo(wanted, serving) ?? [wanted]
}

/** Hosts for which not all that the stages take is there. */
const lacking = ({ hosts }: Asked, way: readonly TlsStage[], made: TlsMaterials | undefined): readonly HostName[] =>
  hosts
    .filter((host) => isWanted(host) && !way.every((stage) => isAtHand(stage, [host.name], made)))
    .map(({ name }) => name)

/**
 * Hosts without a certificate of a CA that members trust on the way, whose key is lost: with another one none of them could talk to those that
 * are not there yet.
 */
export function uncertified(asked: Asked, made: TlsMaterials | undefined, now: EnsembleFacts): readonly Failure[] {
  const way = soughtWay(asked, made, now)
  // A CA that nobody has the certificate of is told by foreignCa.
  if (!way.every((stage) => isAtHand(stage, [], made))) return []
  return lacking(asked, way, made).map(
    (host) =>
      new Failure({
        host,
        step: 'take members to another CA',
        got: 'it has no certificate of the CA that the others trust, and the key of that one is lost',
        hint: 'bring back the secrets.json that has it; else let the host leave (`role: absent`; a new entry: take it out), and bring it in once all others have the new CA',
        exit: 5,
      }),
  )
}

/** One member that stays so talks to nobody: one restart, not three that each stop the service. */
const isAlone = (hosts: Inventory['hosts'], { config }: EnsembleFacts): boolean =>
  hosts.filter(isWanted).length === 1 && config.is === 'present' && config.value.members.length === 1

/** Members trust a CA that secrets.json does not have: by a new one, all at once, they would lose each other. */
export function foreignCa(
  hosts: Inventory['hosts'],
  made: TlsMaterials | undefined,
  now: EnsembleFacts,
): readonly Failure[] {
  const known = Object.keys(made?.authorities ?? {})
  const { all, serving } = stagesNow(hosts, now)
  const those = serving.length > 0 ? serving : all.filter((stage) => !hasExpired(stage, now))
  const foreign = new Set(those.flatMap(({ trusts }) => trusts).filter((print) => !known.includes(print)))
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
