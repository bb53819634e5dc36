import { addressesClash } from '../../../hosts/preflight/addresses.ts'
import type { Fact } from '../../../model/fact.ts'
import { type HostFacts, laidOn, liveServer } from '../../../remote/host-facts.ts'
import type { Endpoint } from '../../../zookeeper/config.ts'

/**
 * Whether what listens at that address and port of a host is our server: its process lives and, where the host tells who listens there, it is
 * that one. Anything else is told no password.
 */
export function servesOurs({ address, port }: Endpoint, fact: Fact<HostFacts> | undefined): boolean {
  const laid = laidOn(fact)
  if (fact?.is !== 'present' || laid === undefined || liveServer(laid) === undefined) return false
  const listens = fact.value.machine.listening.filter(
    (socket) => socket.port === port && addressesClash(address, socket.address) !== 'no',
  )
  return listens.length === 0 || listens.some(({ ours }) => ours)
}
