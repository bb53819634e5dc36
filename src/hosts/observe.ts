import type { Inventory } from '../inventory/inventory.ts'
import { present, unknown, type Fact } from '../model/fact.ts'
import { Failure, failuresOf } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { HostFacts } from '../remote/host-facts.ts'
import { observe } from '../remote/observe.ts'
import type { Locked, Remote } from '../remote/remote.ts'
import { settle } from '../remote/settle.ts'

/** Seconds that a dead run's script may go on before it is ended: most are at a consistent point sooner than that. */
const grace = 10

/** One host; unknown, with the reason, where it could not be asked. */
export async function observeHost(remote: Remote, { ports }: Inventory): Promise<Fact<HostFacts>> {
  const asked = Object.values(ports).filter((port): port is number => port !== undefined)
  try {
    return present(await remote.ask(observe, { ports: asked }))
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

/**
 * The same under the lock, before anything is planned: where scripts of a dead run still run they are waited for or ended, and
 * that host is observed once more, for what was seen before is no fact any longer.
 */
export const observeLocked = async (
  locked: readonly Locked[],
  inventory: Inventory,
): Promise<ReadonlyMap<HostName, Fact<HostFacts>>> =>
  new Map(await Promise.all(locked.map(async (host) => [host.host, await settled(host, inventory)] as const)))

async function settled(host: Locked, inventory: Inventory): Promise<Fact<HostFacts>> {
  const fact = await observeHost(host, inventory)
  const running = fact.is === 'present' && fact.value.laid.is === 'present' ? fact.value.laid.value.running : []
  if (running.length === 0) return fact
  try {
    await host.change(settle, { running, grace })
  } catch (thrown) {
    return unknown(firstOf(thrown, host.host))
  }
  return observeHost(host, inventory)
}

const firstOf = (thrown: unknown, host: HostName): Failure => {
  const [failure] = failuresOf(thrown, 'observe')
  return (failure ?? new Failure({ step: 'observe', got: 'no answer', hint: 'run it again' })).of(host)
}
