import type { HeldLock } from '../hosts/lock.ts'
import { observeHost } from '../hosts/observe.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { readFounding, saveFounding } from '../local/founding.ts'
import type { Dial } from '../model/dial.ts'
import type { Emit } from '../model/event.ts'
import { unknown, type Fact } from '../model/fact.ts'
import { Failure } from '../model/failure.ts'
import type { HostName } from '../model/names.ts'
import type { HostFacts } from '../remote/host-facts.ts'
import type { Remote } from '../remote/remote.ts'
import { act } from './act.ts'
import type { Io } from './apply.ts'
import { askingOf } from './ask.ts'
import type { Goal } from './desired.ts'
import type { FoundingRecord } from './facts.ts'
import { observerOf, type Observer } from './observe.ts'
import { hostsOf } from './plan/step.ts'

/** The ways to the members that a run has. */
export interface Ways {
  readonly inventory: Inventory
  readonly dial: Dial
  /** hosts that can be asked */
  readonly remotes: readonly Remote[]
  /** why the others cannot */
  readonly unreached: ReadonlyMap<HostName, Failure>
  /** facts of hosts that are at hand or on their way; the others are asked */
  readonly hosts?: ReadonlyMap<HostName, Fact<HostFacts>> | Promise<ReadonlyMap<HostName, Fact<HostFacts>>>
}

/** Observes the members; needs no lock and changes nothing. One for planning, another, with fresh facts, under the lock. */
export function observerFor({ inventory, dial, remotes, unreached, hosts }: Ways): Observer {
  const byName = new Map(remotes.map((remote) => [remote.host, remote]))
  const sources = {
    members: inventory.hosts.map(({ name, id }) => ({ host: name, id })),
    asking: askingOf(dial, inventory.ports.client),
    host: async (host: HostName) => {
      const remote = byName.get(host)
      return remote === undefined ? unknown(unreached.get(host) ?? notReached(host)) : observeHost(remote, inventory)
    },
    founding: (): Promise<Fact<FoundingRecord>> => readFounding(inventory.state),
    now: () => Date.now(),
  }
  return observerOf(sources, hosts === undefined ? undefined : withUnreached(hosts, unreached))
}

const withUnreached = async (
  hosts: NonNullable<Ways['hosts']>,
  unreached: Ways['unreached'],
): Promise<ReadonlyMap<HostName, Fact<HostFacts>>> =>
  new Map([...Array.from(unreached, ([host, why]) => [host, unknown(why)] as const), ...(await hosts)])

const notReached = (host: HostName): Failure =>
  new Failure({ host, step: 'connect', got: 'there is no connection to it', hint: 'run it again', exit: 4 })

/** What `advance` touches the members through, under the lock. */
export function ioFor(
  goal: Goal,
  observer: Observer,
  run: { lock: HeldLock; inventory: Inventory; emit: Emit; interrupted: AbortSignal },
): Io {
  const { lock, inventory, emit, interrupted } = run
  const hands = {
    locked: (host: HostName) => lock.hosts.find((locked) => locked.host === host),
    stillHeld: () => lock.stillHeld(),
    lost: lock.lost,
    look: () => observer.observe(),
    saveFounding: (record: FoundingRecord) => save(inventory.state, record),
  }
  return {
    emit,
    interrupted,
    observe: (wish) => observer.observe(wish),
    act: async (step) => {
      try {
        await act(goal, step, hands)
      } finally {
        observer.forget(hostsOf(step))
      }
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }
}

/** Keeps when the founding was begun. */
async function save(state: string, record: FoundingRecord): Promise<void> {
  const former = await readFounding(state)
  const begunAt = former.is === 'present' ? former.value.begunAt : new Date().toISOString()
  await saveFounding(state, { id: record.id, hosts: record.hosts, state: record.state, begunAt })
}
