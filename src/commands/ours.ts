import { addressesClash } from '../hosts/preflight/addresses.ts'
import type { Inventory, InventoryHost } from '../inventory/inventory.ts'
import type { Fact } from '../model/fact.ts'
import type { HostFacts } from '../remote/host-facts.ts'

/**
 * Whether what listens on the client port of a host is our server: its process lives and, where the host tells who listens there, it is
 * that one. Anything else is told no password.
 */
export function servesOurs(
  { address }: Pick<InventoryHost, 'address'>,
  { client }: Pick<Inventory['ports'], 'client'>,
  fact: Fact<HostFacts> | undefined,
): boolean {
  if (fact?.is !== 'present' || fact.value.laid.is !== 'present') return false
  const { server } = fact.value.laid.value
  if (server.is !== 'present' || !server.value.alive) return false
  const listens = fact.value.machine.listening.filter(
    (socket) => socket.port === client && addressesClash(address, socket.address) !== 'no',
  )
  return listens.length === 0 || listens.some(({ ours }) => ours)
}
