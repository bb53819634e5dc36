import type { Inventory } from '../inventory/inventory.ts'
import { type Fact, present, unknown } from '../model/fact.ts'
import { type Failure, failuresOf } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { HostFacts, MachineFacts, MemberLaid } from '../remote/host-facts.ts'
import { observe, observeAgain } from '../remote/observe.ts'
import { observeMember } from '../remote/observe-member.ts'
import type { Remote } from '../remote/remote.ts'

/** One host; unknown, with the reason, where it could not be asked. `machine`: what is known of the machine already. */
export async function observeHost(
  remote: Remote,
  { ports }: Inventory,
  machine?: MachineFacts,
): Promise<Fact<HostFacts>> {
  const asked = Object.values(ports).filter((port): port is number => port !== undefined)
  try {
    if (machine !== undefined) return present(await remote.ask(observeAgain, { machine }))
    const before = Date.now()
    const told = await remote.ask(observe, { ports: asked })
    const seenAt = (before + Date.now()) / 2000
    return present({ ...told, machine: { ...told.machine, seenAt } })
  } catch (thrown) {
    return unknown(firstOf(thrown, remote.host))
  }
}

/** What the ensemble needs of one host, anew; unknown, with the reason, where it could not be asked. */
export async function observeLaid(remote: Remote): Promise<Fact<MemberLaid>> {
  try {
    return await remote.ask(observeMember, undefined)
  } catch (thrown) {
    return unknown(firstOf(thrown, remote.host))
  }
}

/** All hosts side by side, one call each, in the order given. */
export const observeHosts = async (
  remotes: readonly Remote[],
  inventory: Inventory,
): Promise<ReadonlyMap<HostName, Fact<HostFacts>>> =>
  new Map(
    await Promise.all(remotes.map(async (remote) => [remote.host, await observeHost(remote, inventory)] as const)),
  )

const firstOf = (thrown: unknown, host: HostName): Failure => {
  const [failure] = failuresOf(thrown, 'observe')
  return failure.of(host)
}
