import type { MemberFacts, Serving } from '../../../src/ensemble/facts.ts'
import { absent, type Fact, present, unknown } from '../../../src/model/fact.ts'
import { Failure } from '../../../src/model/failure.ts'
import { unreachable } from '../build.ts'
import type { Machine } from './machine.ts'
import { type Quorum, wordsOf } from './quorum.ts'

interface Watched {
  readonly supervised: boolean
  readonly sessions: ReadonlySet<string>
}

/** The operator reaches it. */
export const isSeen = ({ reachable, power }: Machine): boolean => reachable && power

/** What an observation finds of a machine; `sessions`: the servers, by nonce, that one was opened through. */
export function factsOf(world: Quorum, machine: Machine, { supervised, sessions }: Watched): MemberFacts {
  const { host, id, server } = machine
  if (!isSeen(machine))
    return { host, id, laid: unknown(unreachable(host)), serving: unknown(unreachable(host)), session: absent }
  const stamp = machine.stamp === undefined ? absent : present({ ensemble: 'dman', founding: machine.stamp, host, id })
  const laid = {
    ...(world.options.stages === undefined ? {} : { stages: world.options.stages }),
    current: machine.current === undefined ? absent : present(machine.current),
    served: machine.served === undefined ? absent : present(machine.served),
    server: server === undefined ? absent : present({ pid: id, start: '1', alive: true, ...server }),
    ...(machine.own === undefined ? {} : { members: { version: machine.own.version, lines: wordsOf(machine.own) } }),
    supervision: { wanted: supervised && machine.wanted === true, alive: supervised, failing: absent },
    data: {
      is: machine.stamp === undefined ? ('empty' as const) : ('held' as const),
      stamp,
      myid: machine.stamp === undefined ? absent : present(String(id)),
      initialize: machine.initialize,
      started: machine.zxid >= 0,
    },
  }
  const session = server !== undefined && sessions.has(server.nonce) ? present<true>(true) : absent
  return { host, id, laid: present(laid), serving: servingOf(world, machine), session }
}

function servingOf(world: Quorum, machine: Machine): Fact<Serving> {
  const { host } = machine
  if (machine.frozen && machine.server !== undefined) {
    return unknown(new Failure({ host, step: 'ask srvr', got: 'no answer', hint: 'see its log' }))
  }
  if (!world.serves(machine)) return absent
  const common = { zxid: machine.zxid.toString(16).padStart(16, '0'), version: '3.9.5', connections: 1 }
  const observes = (m: Machine) => world.line(m)?.role === 'observer'
  if (machine !== world.leading) return present({ ...common, mode: observes(machine) ? 'observer' : 'follower' })
  const serving = world.machines.filter((m) => world.serves(m))
  const observers = serving.filter(observes).length
  const aside = serving.filter((m) => !world.listed(m)).length
  const leading = {
    syncedFollowers: world.servingParticipants().length - 1 + aside,
    syncedNonVotingFollowers: aside,
    syncedObservers: observers,
    pendingSyncs: 0,
    dataBytes: 1000,
  }
  return present({ ...common, mode: 'leader', leading })
}
