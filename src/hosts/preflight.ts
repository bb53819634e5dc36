import type { InventoryHost } from '../inventory/inventory.ts'
import type { Fact } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import { type HostName, isWanted } from '../model/names.ts'
import type { HostFacts } from '../remote/host-facts.ts'
import { clocks, homes } from './preflight/across.ts'
import { dataFindings, formatFinding, foundings } from './preflight/data.ts'
import { type Finding, type Known, ok, refusal } from './preflight/finding.ts'
import { machineFindings } from './preflight/machine.ts'
import { ownName, ports } from './preflight/ports.ts'

export type { Finding, Known, Question } from './preflight/finding.ts'

/**
 * Every question of every host, in the order of the inventory. A host that could not be observed is a refusal of its own
 * (exit 4, or that of its failure) and is asked nothing else. Of a host that leaves only what concerns data is asked.
 */
export function preflight(known: Known, facts: ReadonlyMap<HostName, Fact<HostFacts>>): readonly Finding[] {
  const { hosts } = known.inventory
  const seen = hosts.flatMap((host) => {
    const fact = facts.get(host.name)
    return fact?.is === 'present' ? [{ host, facts: fact.value }] : []
  })
  const staying = seen.filter(({ host }) => isWanted(host))
  const own = hosts.flatMap((host) => ofHost(known, host, facts.get(host.name)))
  return [...own, ...clocks(staying), ...homes(seen), ...foundings(known, seen)]
}

function ofHost(known: Known, host: InventoryHost, fact: Fact<HostFacts> | undefined): readonly Finding[] {
  if (fact?.is !== 'present') return [unobserved(host, fact)]
  const seen = { host, facts: fact.value }
  const machine =
    host.role === 'absent' ? [] : [...machineFindings(known, seen), ...ownName(seen), ...ports(known, seen)]
  return [
    ok(host.name, 'login', `${host.ssh.user === undefined ? '' : `${host.ssh.user}@`}${host.ssh.host}`),
    ...machine,
    ...dataFindings(known, seen),
  ]
}

function unobserved(host: InventoryHost, fact: Fact<HostFacts> | undefined): Finding {
  if (fact?.is !== 'unknown') return refusal(host.name, 'login', 'was not observed', 'run it again', 4)
  const { step, got, hint, exit } = fact.why
  return refusal(host.name, 'login', `${step}: ${got}`, hint, exit)
}

/** Hosts that hold what a later version wrote: whatever it means there, nothing is changed on them (case 42). */
export const laterVersions = (facts: ReadonlyMap<HostName, Fact<HostFacts>>): readonly Failure[] =>
  refusals([...facts].flatMap(([host, fact]) => (fact.is === 'present' ? [formatFinding(host, fact.value)] : [])))

/** The refusals among findings, as what `up` fails with before it changes anything. */
export const refusals = (findings: readonly Finding[]): readonly Failure[] =>
  findings
    .filter(({ level }) => level === 'refusal')
    .map(
      ({ host, question, got, hint, exit }) =>
        new Failure({ host, step: `preflight, ${question}`, got, hint, exit: exit ?? 1 }),
    )
