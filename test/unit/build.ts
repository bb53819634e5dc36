import type { Converge, DesiredMember, Serve, Stop } from '../../src/ensemble/desired.ts'
import type { EnsembleFacts, MemberFacts, MemberLaid, Serving } from '../../src/ensemble/facts.ts'
import { linesOf } from '../../src/ensemble/plan/founding.ts'
import type { FoundingRecord } from '../../src/local/founding.ts'
import { absent, type Fact, present, unknown } from '../../src/model/fact.ts'
import { Failure, Unreachable } from '../../src/model/failure.ts'
import type { HostName, ReleaseName } from '../../src/model/names.ts'

export const oldConf: ReleaseName = 'conf-000000000001'
export const newConf: ReleaseName = 'conf-000000000002'
export const ports = { client: 2180, peer: 2889, election: 3889 }

export const unreachable = (host: HostName): Failure =>
  new Unreachable({ host, step: 'connect', got: 'no route to host', hint: 'look at the network' })

interface Built {
  readonly host: HostName
  readonly id: number
  readonly role: 'participant' | 'observer'
  readonly state: 'serves' | 'down' | 'silent' | 'hung' | 'unreachable' | 'empty'
  readonly conf: ReleaseName
  readonly served: ReleaseName | null
  readonly current: ReleaseName | null
  readonly founding: string
}

/**
 * An ensemble as a sentence: `ensemble(3).leader('zk2').down('zk3')`. Hosts are zk1 … zkN, all of them serve with `oldConf`, the highest
 * participant leads; `facts` is what an observation finds, the goals are what the commands ask.
 */
export function ensemble(participants: number, observers = 0): EnsembleBuilder {
  const members = Array.from({ length: participants + observers }, (_, index): Built => {
    const role = index < participants ? 'participant' : 'observer'
    const common = { conf: oldConf, served: oldConf, current: oldConf, founding: 'f1' }
    return { host: `zk${index + 1}`, id: index + 1, role, state: 'serves', ...common }
  })
  return new EnsembleBuilder(members, undefined, { id: 'f1', hosts: members.map(({ host }) => host), state: 'done' }, 0)
}

export class EnsembleBuilder {
  constructor(
    readonly members: readonly Built[],
    readonly led: HostName | undefined,
    readonly record: FoundingRecord | undefined,
    readonly at: number,
  ) {}

  #with(parts: { members?: readonly Built[]; led?: HostName; record?: FoundingRecord | undefined; at?: number }) {
    const { members = this.members, led = this.led, at = this.at } = parts
    return new EnsembleBuilder(members, led, 'record' in parts ? parts.record : this.record, at)
  }
  #each(hosts: readonly HostName[], change: (member: Built) => Partial<Built>): EnsembleBuilder {
    for (const host of hosts) if (!this.members.some((m) => m.host === host)) throw new RangeError(`no host ${host}`)
    return this.#with({ members: this.members.map((m) => (hosts.includes(m.host) ? { ...m, ...change(m) } : m)) })
  }

  leader = (host: HostName) => this.#with({ led: host })
  /** no process of ours runs there */
  down = (...hosts: HostName[]) => this.#each(hosts, () => ({ state: 'down' }))
  /** the process runs, and says that it does not serve */
  silent = (...hosts: HostName[]) => this.#each(hosts, () => ({ state: 'silent' }))
  /** the process runs and does not answer at all */
  hung = (...hosts: HostName[]) => this.#each(hosts, () => ({ state: 'hung' }))
  cut = (...hosts: HostName[]) => this.#each(hosts, () => ({ state: 'unreachable' }))
  /** nothing of ours is there */
  empty = (...hosts: HostName[]) => this.#each(hosts, () => ({ state: 'empty' }))
  /** what it runs (or ran last), and what `current` names */
  runs = (conf: ReleaseName, ...hosts: HostName[]) => this.#each(hosts, () => ({ conf, current: conf }))
  served = (conf: ReleaseName | null, ...hosts: HostName[]) => this.#each(hosts, () => ({ served: conf }))
  stamped = (founding: string, ...hosts: HostName[]) => this.#each(hosts, () => ({ founding }))
  /** bare hosts: nothing was ever founded */
  bare = () => this.#with({ members: this.members.map((m) => ({ ...m, state: 'empty' })), record: undefined })
  recorded = (state: FoundingRecord['state'], ...hosts: HostName[]) =>
    this.#with({
      record: { id: 'f1', hosts: hosts.length === 0 ? this.members.map(({ host }) => host) : hosts, state },
    })
  unrecorded = () => this.#with({ record: undefined })
  later = (ms: number) => this.#with({ at: this.at + ms })

  get desired(): readonly DesiredMember[] {
    return this.members.map(({ host, id, role }) => ({ host, id, role, address: `10.0.0.${id}` }))
  }
  converge(conf: ReleaseName = oldConf, more: Partial<Converge> = {}): Converge {
    const members = this.desired.map((member) => ({ ...member, conf }))
    const common = { ensemble: 'dman', home: 'dman', ports, timeout: 60_000, founding: 'f1', mayStopService: false }
    return { kind: 'converge', members, ...common, ...more }
  }
  serve(more: Partial<Serve> = {}): Serve {
    return { kind: 'serve', ensemble: 'dman', home: 'dman', members: this.desired, ports, timeout: 60_000, ...more }
  }
  stop(more: Partial<Stop> = {}): Stop {
    return { kind: 'stop', ensemble: 'dman', home: 'dman', members: this.desired, ports, timeout: 60_000, ...more }
  }

  get facts(): EnsembleFacts {
    const up = this.members.filter(({ state }) => state === 'serves')
    const voters = up.filter(({ role }) => role === 'participant')
    const leader = this.led ?? voters.at(-1)?.host
    const config = { version: '0000000100000000', members: linesOf({ members: this.desired, ports }) }
    const leading = {
      syncedFollowers: voters.length - 1,
      syncedNonVotingFollowers: 0,
      syncedObservers: up.length - voters.length,
      pendingSyncs: 0,
      dataBytes: 0,
    }
    return {
      at: this.at,
      members: this.members.map((member) => memberFacts(member, servingOf(member, leader, leading))),
      config: up.length > 0 ? present(config) : absent,
      founding: this.record === undefined ? absent : present(this.record),
    }
  }
}

function servingOf(
  member: Built,
  leader: HostName | undefined,
  leading: NonNullable<Serving['leading']>,
): Fact<Serving> {
  const { host, state } = member
  if (state === 'unreachable') return unknown(unreachable(host))
  if (state === 'hung')
    return unknown(new Failure({ host, step: 'ask srvr', got: 'no answer within 2 s', hint: 'see its log' }))
  if (state !== 'serves') return absent
  const common = { zxid: '0000000100000010', version: '3.9.5', connections: 1 }
  if (host === leader) return present({ ...common, mode: 'leader', leading })
  return present({ ...common, mode: member.role === 'observer' ? 'observer' : 'follower' })
}

function memberFacts(member: Built, serving: Fact<Serving>): MemberFacts {
  const age = serving.is === 'present' ? { age: 1 } : {}
  return { host: member.host, id: member.id, laid: laidOf(member), serving, ...age, session: absent }
}

function laidOf({ host, id, state, conf, current, served, founding }: Built): Fact<MemberLaid> {
  if (state === 'unreachable') return unknown(unreachable(host))
  if (state === 'empty') return absent
  const alive = state !== 'down'
  return present({
    current: current === null ? absent : present(current),
    served: served === null ? absent : present(served),
    server: alive ? present({ pid: 100 + id, start: '1', nonce: `n${id}`, conf, alive }) : absent,
    data: {
      is: 'held',
      stamp: present({ ensemble: 'dman', founding, host, id }),
      myid: present(String(id)),
      initialize: false,
      started: true,
    },
  })
}
