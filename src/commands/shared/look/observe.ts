import { setTimeout as sleep } from 'node:timers/promises'
import { askingOf } from '../../../ensemble/ask.ts'
import type { EnsembleFacts } from '../../../ensemble/facts.ts'
import { type Watch, watchOf } from '../../../ensemble/observe.ts'
import { observeHost, observeLaid } from '../../../hosts/observe.ts'
import { readFounding } from '../../../local/founding.ts'
import { type Fact, unknown } from '../../../model/fact.ts'
import { Failure, failuresOf } from '../../../model/failure.ts'
import type { HostName } from '../../../model/names.ts'
import type { HostFacts, MachineFacts, MemberLaid } from '../../../remote/host-facts.ts'
import type { Endpoint } from '../../../zookeeper/config.ts'
import type { SessionOptions } from '../../../zookeeper/session.ts'
import { type Reader, ZooKeeperError } from '../../../zookeeper/zookeeper.ts'
import type { Run } from '../run/run.ts'
import { clientOf } from './client-ports.ts'
import { type Fleet, remoteOn, whyUnreached } from './fleet.ts'
import { servesOurs } from './ours.ts'

/** One look at everything: hosts and members side by side, and the trees in the one session that an observation may open. */
export interface Seen<T> {
  readonly hosts: ReadonlyMap<HostName, Fact<HostFacts>>
  readonly ensemble: EnsembleFacts
  /** undefined where nobody serves, the session was lost amid reading, or all are `unread` */
  readonly trees: T | undefined
  /** why trees can't be understood, or planned: that keeps no member from being brought up, and no other tree from being written */
  readonly unread: readonly Failure[]
  /** goes on observing the members from what was seen */
  readonly watch: Watch
}

/** How the trees are read, in which identity where what serves is ours. */
export interface TreeReader<T> {
  readonly auth: SessionOptions['auth']
  /** resolves to undefined where they are not to be known yet */
  readonly read: (session: Reader) => Promise<T | undefined>
  /** why what was read is not of all of them; none where it is left out */
  readonly unread?: () => readonly Failure[]
}

/** For commands that read no trees. */
export const noTrees: TreeReader<undefined> = { auth: [], read: () => Promise.resolve(undefined) }

/**
 * Changes nothing, under the lock or not. `before`: what this run saw shortly before; what no run of ours changes, the machines themselves,
 * is taken from it while it is fresh.
 */
export async function observe<T>(
  run: Run,
  fleet: Fleet,
  reader: TreeReader<T>,
  before?: Seen<unknown>,
): Promise<Seen<T>> {
  const { inventory } = run
  let trees: Read<T> | undefined
  // Later sessions of the watch are for the members alone.
  let isOver = false
  const also = async (session: Reader, told: boolean) => {
    if (trees !== undefined || isOver) return
    trees = await reader.read(session).then(
      (read) => ({ read, unread: reader.unread?.() ?? [], told }),
      (failed: unknown) => ({ failed, told }),
    )
  }
  const looking = observeAll(run, fleet, machinesOf(before))
  const auth = async (host: HostName, at: Endpoint) => {
    if (isOver) return undefined
    const seen = await looking.of(host)
    return servesOurs(at, seen) ? reader.auth : undefined
  }
  const watch = watchOf(
    {
      members: inventory.hosts.map(({ name, id }) => ({ host: name, id, at: clientOf(inventory, name) })),
      home: inventory.home,
      asking: askingOf(fleet.dial, { auth, also }),
      beside: (host) => fleet.beside.has(host),
      host: (host) => observeAnew(fleet, host),
      founding: () => readFounding(inventory.state),
      now: () => Date.now(),
    },
    looking.all,
  )
  const [hosts, ensemble] = await Promise.all([looking.all, watch.observe({ full: true })])
  isOver = true
  return { hosts, ensemble, ...resultOf(trees), watch }
}

/** ms: for how long who belongs is asked again, and how often */
const unsure = { within: 10_000, every: 500 }

/**
 * Looks until somebody tells who belongs, or 10 s: a run that died while it stopped members, or started them, leaves a quorum that comes or
 * goes. After Ctrl-C it looks no more. What was seen last may still not tell it.
 */
export async function observeKnown<T>(
  { emit, interrupted }: Pick<Run, 'emit' | 'interrupted'>,
  look: () => Promise<Seen<T>>,
  clock: { now(): number; sleep(ms: number): Promise<unknown> } = { now: () => Date.now(), sleep },
): Promise<Seen<T>> {
  const until = clock.now() + unsure.within
  for (let isTold = false; ; isTold = true) {
    const seen = await look()
    if (seen.ensemble.config.is !== 'unknown' || clock.now() > until || interrupted.aborted) return seen
    if (!isTold) emit({ task: 'ensemble', is: 'waiting', for: 'somebody to tell who belongs' })
    await clock.sleep(unsure.every)
  }
}

/** `told`: the session was dman's. */
type Read<T> =
  | { readonly read: T | undefined; readonly unread: readonly Failure[]; readonly told: boolean }
  | { readonly failed: unknown; readonly told: boolean }

function resultOf<T>(trees: Read<T> | undefined): Pick<Seen<T>, 'trees' | 'unread'> {
  const nothing = { trees: undefined, unread: [] }
  if (trees === undefined) return nothing
  if ('read' in trees) {
    // A tree that the world may not read stays unknown while nobody was told who asks, and so do all.
    return !trees.told && trees.unread.some(isHidden) ? nothing : { trees: trees.read, unread: trees.unread }
  }
  const { failed, told } = trees
  if (failed instanceof ZooKeeperError && failed.outcomeUnknown) return nothing
  return !told && isHidden(failed) ? nothing : { trees: undefined, unread: failuresOf(failed, 'read the trees') }
}

function isHidden(failed: unknown): boolean {
  const why = failed instanceof Failure ? failed.cause : failed
  return why instanceof ZooKeeperError && why.code === 'NO_AUTH'
}

/** What is under way: all facts, and those of one host, which a session there waits for. */
interface Looking {
  readonly all: Promise<ReadonlyMap<HostName, Fact<HostFacts>>>
  /** never rejects */
  readonly of: (host: HostName) => Promise<Fact<HostFacts> | undefined>
}

/** ms for which a machine's memory, disk, ports and the like stand, as they were seen before the lock; not where another run was at work */
const fresh = 10_000

function machinesOf(before: Seen<unknown> | undefined): ReadonlyMap<HostName, MachineFacts> {
  if (before === undefined || isAnothersAtWork(before) || Date.now() - before.ensemble.at > fresh) return new Map()
  return new Map(
    [...before.hosts].flatMap(([host, fact]) => (fact.is === 'present' ? [[host, fact.value.machine] as const] : [])),
  )
}

/** Another run holds the lock of a host: what was seen there may be of the moment. */
export const isAnothersAtWork = ({ hosts }: Pick<Seen<unknown>, 'hosts'>): boolean =>
  [...hosts.values()].some((fact) => fact.is === 'present' && fact.value.lock.is === 'present')

function observeAll(run: Run, fleet: Fleet, machines: ReadonlyMap<HostName, MachineFacts>): Looking {
  const each = run.inventory.hosts.map(({ name }) => [name, observeOne(run, fleet, name, machines.get(name))] as const)
  const all = Promise.all(each.map(async ([name, fact]) => [name, await fact] as const))
  return {
    all: all.then((facts) => new Map(facts)),
    of: async (host) => each.find(([name]) => name === host)?.[1].catch(() => undefined),
  }
}

async function observeOne(
  run: Run,
  fleet: Fleet,
  host: HostName,
  machine: MachineFacts | undefined,
): Promise<Fact<HostFacts>> {
  const remote = remoteOn(fleet, host)
  return remote === undefined ? unknown(whyUnreached(fleet, host)) : observeHost(remote, run.inventory, machine)
}

/**
 * The facts with some hosts looked at anew, one round trip side by side; what no run of ours changes, the machines themselves, stays as it
 * was seen.
 */
export async function lookAgain(
  run: Run,
  fleet: Fleet,
  hosts: Seen<unknown>['hosts'],
  again: readonly HostName[],
): Promise<Seen<unknown>['hosts']> {
  const anew = await Promise.all(
    [...new Set(again)].map(async (name) => {
      const fact = hosts.get(name)
      const machine = fact?.is === 'present' ? fact.value.machine : undefined
      return [name, await observeOne(run, fleet, name, machine)] as const
    }),
  )
  return new Map([...hosts, ...anew])
}

async function observeAnew(fleet: Fleet, host: HostName): Promise<Fact<MemberLaid>> {
  const remote = remoteOn(fleet, host)
  return remote === undefined ? unknown(whyUnreached(fleet, host)) : observeLaid(remote)
}
