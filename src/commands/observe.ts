import { askingOf } from '../ensemble/ask.ts'
import type { EnsembleFacts } from '../ensemble/facts.ts'
import { observerOf, type Observer } from '../ensemble/observe.ts'
import { observeHost, observeLocked } from '../hosts/observe.ts'
import { readFounding } from '../local/founding.ts'
import { unknown, type Fact } from '../model/fact.ts'
import { Unreachable, type Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { HostFacts } from '../remote/host-facts.ts'
import type { Locked } from '../remote/remote.ts'
import { ZooKeeperError, type ZooKeeper } from '../zookeeper/zookeeper.ts'
import type { SessionOptions } from '../zookeeper/session.ts'
import type { Fleet } from './fleet.ts'
import type { Run } from './run.ts'

/** One look at everything: hosts and members side by side, and the trees in the one session that an observation may open. */
export interface Seen<T> {
  readonly hosts: ReadonlyMap<HostName, Fact<HostFacts>>
  readonly ensemble: EnsembleFacts
  /** undefined where nobody serves, or the session was lost amid reading */
  readonly trees: T | undefined
  /** goes on observing the members from what was seen */
  readonly observer: Observer
}

/** How the trees are read, in which identity. */
export interface TreeReader<T> {
  readonly auth: SessionOptions['auth']
  readonly read: (session: ZooKeeper) => Promise<T>
}

/** `locked`: under the lock; what a dead run's scripts still do there is settled first. Rejects where a tree can't be understood. */
export async function observe<T>(
  run: Run,
  fleet: Fleet,
  reader: TreeReader<T>,
  locked?: readonly Locked[],
): Promise<Seen<T>> {
  const { inventory } = run
  let trees: { read: T } | { failed: unknown } | undefined
  const also = async (session: ZooKeeper) => {
    if (trees !== undefined) return
    trees = await reader.read(session).then(
      (read) => ({ read }),
      (failed: unknown) => ({ failed }),
    )
  }
  const looking = observeAll(run, fleet, locked)
  const observer = observerOf(
    {
      members: inventory.hosts.map(({ name, id }) => ({ host: name, id })),
      asking: askingOf(fleet.dial, inventory.ports.client, { auth: reader.auth, also }),
      host: (host) => observeOne(run, fleet, host),
      founding: () => readFounding(inventory.state),
      now: () => Date.now(),
    },
    looking,
  )
  const [hosts, ensemble] = await Promise.all([looking, observer.observe({ full: true })])
  return { hosts, ensemble, trees: resultOf(trees), observer }
}

function resultOf<T>(trees: { read: T } | { failed: unknown } | undefined): T | undefined {
  if (trees === undefined) return undefined
  if ('read' in trees) return trees.read
  const { failed } = trees
  if (failed instanceof ZooKeeperError && failed.outcomeUnknown) return undefined
  throw failed
}

async function observeAll(run: Run, fleet: Fleet, locked: readonly Locked[] | undefined) {
  const { inventory } = run
  const seen = locked === undefined ? new Map<HostName, Fact<HostFacts>>() : await observeLocked(locked, inventory)
  const others = inventory.hosts.filter(({ name }) => !seen.has(name))
  const rest = await Promise.all(others.map(async ({ name }) => [name, await observeOne(run, fleet, name)] as const))
  return new Map([...seen, ...rest])
}

async function observeOne(run: Run, fleet: Fleet, host: HostName): Promise<Fact<HostFacts>> {
  const remote = fleet.remotes.find((one) => one.host === host)
  return remote === undefined
    ? unknown(fleet.unreached.get(host) ?? notReached(host))
    : observeHost(remote, run.inventory)
}

const notReached = (host: HostName): Failure =>
  new Unreachable({ host, step: 'log in', got: 'there is no connection', hint: 'run it again' })
