import { Failure } from '../../model/failure.ts'
import { formatMember, member, sameMember, type Member } from '../../zookeeper/config.ts'
import type { Goal } from '../desired.ts'
import { mayVote, someoneServes, stampOf, type EnsembleFacts } from '../facts.ts'
import { roleOf } from './gate.ts'
import { majorityOf } from './majority.ts'
import { named } from './step.ts'

const step = 'compare the inventory with /zookeeper/config'

/**
 * What keeps the inventory's members and those of the running ensemble apart. A member that the inventory does not list is always refused
 * (case 34); joining, leaving and moving are refused for as long as no step does them.
 */
export function membershipProblems(goal: Goal, now: EnsembleFacts): readonly Failure[] {
  if (now.config.is !== 'present') return lost(goal, now)
  const listed = now.config.value.members
  const unlisted = goal.members.filter(({ id, role }) => role !== 'absent' && !listed.some((line) => line.id === id))
  return [
    ...listed.flatMap((line) => problemOf(goal, line)),
    ...unlisted.map(({ host, role }) =>
      refusal(
        host,
        `the inventory has it as ${role}, the running ensemble does not list it`,
        `growing a running ensemble is not supported by this version; take ${host} out of the inventory again`,
      ),
    ),
  ]
}

function problemOf(goal: Goal, line: Member): readonly Failure[] {
  const want = goal.members.find(({ id }) => id === line.id)
  if (want === undefined) {
    const address = line.addresses[0]?.address ?? '?'
    const hint = `write it into the inventory again, below hosts: NAME: { id: ${line.id}, address: ${address}, role: ${line.role} }`
    const got = `server.${line.id} (${address}) belongs to the running ensemble, and the inventory does not list it`
    return [refusal(undefined, got, hint)]
  }
  if (want.role === 'absent') {
    const hint = `leaving is not supported by this version; give ${want.host} the role ${line.role} again`
    return [refusal(want.host, `the inventory has it as absent, the running ensemble as ${line.role}`, hint)]
  }
  const wanted = member(want.id, want.address, goal.ports, want.role)
  if (sameMember(line, wanted)) return []
  const hint =
    'changing role, address or ports of a running ensemble is not supported by this version; write the former ones again'
  return [
    refusal(want.host, `the running ensemble has ${formatMember(line)}, the inventory ${formatMember(wanted)}`, hint),
  ]
}

/**
 * A record of another inventory's ensemble by the same name: its hosts have other addresses, another home, or no name in common. What an
 * earlier version did not record is not compared.
 */
export function recordProblems(goal: Goal, { founding }: EnsembleFacts): readonly Failure[] {
  if (founding.is !== 'present') return []
  const { hosts, addresses = {}, home = goal.home } = founding.value
  const known = goal.members.filter(({ host }) => hosts.includes(host))
  const moved = known.filter(({ host, address }) => addresses[host] !== undefined && addresses[host] !== address)
  const got = [
    ...(known.length === 0
      ? [`${named(hosts)} as its hosts, the inventory ${named(goal.members.map(({ host }) => host))}`]
      : []),
    ...moved.map(({ host, address }) => `${host} at ${addresses[host]}, the inventory at ${address}`),
    ...(home === goal.home ? [] : [`the home ~/${home}, the inventory ~/${goal.home}`]),
  ]
  if (got.length === 0) return []
  const hint =
    'two inventories in one folder need ensembles of different names; else write what is recorded into the inventory again'
  const words = `the record of the founding of ${goal.ensemble} has ${got.join('; ')}`
  return [new Failure({ step: 'compare the inventory with its founding', got: words, hint, exit: 5 })]
}

/** Too few hosts hold what was founded: whatever voted now could not know what was acknowledged. */
function lost(goal: Goal, now: EnsembleFacts): readonly Failure[] {
  const stands = now.founding.is === 'present' ? now.founding.value.state === 'done' : now.members.some(stampOf)
  if (!stands || goal.kind !== 'converge' || someoneServes(now)) return []
  const participants = now.members.filter((member) => roleOf(goal, member.host) === 'participant')
  const may = participants.filter((member) => member.laid.is === 'unknown' || mayVote(member)).map(({ host }) => host)
  if (may.length >= majorityOf(participants.length)) return []
  const holds = may.length === 0 ? 'no host holds its data any more' : `only ${named(may)} can hold its data`
  const got = `${goal.ensemble} was founded before, and ${holds}: no majority of ${participants.length} participants`
  const hint = `bring ~/${goal.home}/data of the others back from a copy; or, if it is given up, \`destroy --data\` asks whether its record is to end, and then \`up\` founds it anew`
  return [refusal(undefined, got, hint)]
}

const refusal = (host: string | undefined, got: string, hint: string) => new Failure({ host, step, got, hint, exit: 5 })
