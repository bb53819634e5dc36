import { isIP } from 'node:net'
import { isLoopback } from '../../../inventory/address.ts'
import type { InventoryHost } from '../../../inventory/inventory.ts'
import { saveSecrets } from '../../../local/secrets.ts'
import { materialsOf } from '../../../local/tls-materials.ts'
import { certify, saveCaCertificate, type ToCertify } from '../../../local/tls-secrets.ts'
import { isHostname } from '../../../model/address.ts'
import { isWanted } from '../../../model/names.ts'
import { laidOn } from '../../../remote/host-facts.ts'
import type { Seen } from '../look/observe.ts'
import type { Run } from '../run/run.ts'
import type { Prepared } from './prepare.ts'

/**
 * What was prepared, with the certificates that TLS between members or for clients needs, or its end: made where they are missing, do not
 * hold a host's addresses, or expire soon (in memory: saved under the lock). Nothing is made or read where no TLS is asked for and none was
 * seen.
 */
export async function equip<P extends Prepared>(run: Run, prepared: P, seen: Seen<unknown>): Promise<P> {
  const { inventory } = run
  const stages = [...seen.hosts.values()].flatMap((fact) => Object.values(laidOn(fact)?.stages ?? {}))
  const hasClients = inventory.ports.secure !== undefined
  if (!inventory.tls && !hasClients && stages.length === 0) return prepared
  const trusted = [...new Set(stages.flatMap((stage) => stage?.trusts ?? []))]
  const hosts = inventory.hosts.filter(isWanted).map((host) => toCertify(host, seen, hasClients))
  const asked = { ensemble: inventory.ensemble, hosts, trusted, now: seen.ensemble.at }
  const { secrets, tls, made } = await certify(prepared.secrets, asked)
  const isCertified = prepared.isCertified === true || made
  const materials = materialsOf(tls)
  return { ...prepared, secrets, ca: tls.ca?.certificate, isCertified, ...(materials && { tls: materials }) }
}

type Made = Pick<Prepared, 'known' | 'secrets' | 'ca'>

/** What was made up is saved before any host learns of it; beside it the CA's certificate, which is no secret. */
export async function saveMade({ inventory }: Pick<Run, 'inventory'>, { known, secrets, ca }: Made): Promise<void> {
  if (secrets !== known) await saveSecrets(inventory, secrets)
  if (ca !== undefined) await saveCaCertificate(inventory.state, ca)
}

/**
 * The same where nothing is saved: ca.pem is told by secrets.json, and a run may have died before it was written, and whoever brings
 * another secrets.json has the former.
 */
export async function keepCa({ inventory }: Pick<Run, 'inventory'>, { known, secrets, ca }: Made): Promise<void> {
  if (secrets === known && ca !== undefined) await saveCaCertificate(inventory.state, ca)
}

/**
 * Peers look for the address that they connect to, and for the one that is connected from. That is the host's own; where it is asked for by
 * a name, its addresses have to be there too. On 127.x every connection comes from 127.0.0.1.
 */
function toCertify(host: InventoryHost, seen: Seen<unknown>, hasClients: boolean): ToCertify {
  const { name, address } = host
  const fact = seen.hosts.get(name)
  const own = fact?.is === 'present' ? fact.value.machine.addresses : []
  const isName = isIP(address) === 0
  const loop = isLoopback(address) ? ['127.0.0.1'] : []
  const line = placesNow(seen, name)
  const names = hasClients ? namesFor(host) : []
  return { host: name, must: [address, ...line, ...loop, ...(isName ? own : []), ...names], may: own }
}

/** What clients may know a host by besides its address: its name in the inventory, and the one that SSH connects to. */
export const namesFor = ({ name, ssh }: Pick<InventoryHost, 'name' | 'ssh'>): readonly string[] =>
  [...new Set([name, ssh.host])].filter((text) => isIP(text) === 0 && isHostname(text) && !text.endsWith('.'))

/** Where it is by /zookeeper/config: it serves there until it has moved. */
function placesNow({ ensemble: { config, members } }: Seen<unknown>, host: string): readonly string[] {
  const id = members.find((member) => member.host === host)?.id
  if (config.is !== 'present') return []
  return config.value.members.flatMap((line) => (line.id === id ? line.addresses.map(({ address }) => address) : []))
}
