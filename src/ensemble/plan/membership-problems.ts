import { Failure } from '../../model/failure.ts'
import { isWanted } from '../../model/names.ts'
import { formatMember, type Member, peersAt } from '../../zookeeper/config.ts'
import { type Converge, type Goal, mayLeaveUnseen, roleOf } from '../desired.ts'
import { type EnsembleFacts, isUnlisted, lastConfig, leftOf, mayVote, someoneServes, stampOf } from '../facts.ts'
import { wantedLine } from './founding.ts'
import { majorityOf, voters } from './majority.ts'
import { named } from './step.ts'

const step = 'compare the inventory with /zookeeper/config'

/**
 * What no step may bring together of the inventory's members and those of the running ensemble: a member that the inventory does not list
 * (case 34), an id that was another host's, a lone leader that would move, a port that a member still has for something else.
 */
export function membershipProblems(goal: Converge, now: EnsembleFacts): readonly Failure[] {
  if (now.config.is !== 'present') return lost(goal, now)
  return [
    ...now.config.value.members.flatMap((line) => [...vanished(goal, line), ...loneMove(goal, now, line)]),
    ...now.config.value.members.flatMap((line) => reused(goal, line)).slice(0, 1),
    ...forgotten(goal, now),
    ...taken(goal, now),
  ]
}

/** Members of the running ensemble that the inventory does not list (case 34); none where nobody tells who belongs. */
export const vanishedMembers = (goal: Pick<Goal, 'members'>, now: EnsembleFacts): readonly Failure[] =>
  now.config.is === 'present' ? now.config.value.members.flatMap((line) => vanished(goal, line)) : []

function vanished(goal: Pick<Goal, 'members'>, line: Member): readonly Failure[] {
  if (goal.members.some(({ id }) => id === line.id)) return []
  const hint = `write it into the inventory again, below hosts: ${entryFor(line)}; with role: absent it leaves`
  const got = `server.${line.id} (${line.addresses[0]?.address ?? '?'}) belongs to the running ensemble, and the inventory does not list it`
  return [refusal(undefined, got, hint)]
}

/** What an inventory has to say of that member. */
export const entryFor = ({ id, addresses, role }: Member): string =>
  `NAME: { id: ${id}, address: ${addresses[0]?.address ?? '?'}, role: ${role} }`

/** With nobody to take over, the one voter would give up leading for an address that it cannot move to while it leads. */
function loneMove(goal: Converge, now: EnsembleFacts, line: Member): readonly Failure[] {
  const want = goal.members.find(({ id }) => id === line.id)
  const wanted = want && wantedLine(goal, want)
  const votes = voters(now)
  const joins = goal.members.some((each) => each.role === 'participant' && !votes.includes(each.id))
  if (wanted === undefined || votes.length > 1 || line.role === 'observer' || joins) return []
  if (peersAt(wanted) === peersAt(line)) return []
  const got = `the only participant is ${formatMember(line)}, the inventory has ${formatMember(wanted)}`
  return [
    refusal(want?.host, got, 'write the former address and peer port again, or first let another participant join'),
  ]
}

/**
 * A member moves while it runs: the port that it is to open it must not have open itself, for something else. All members share their ports, so
 * one refusal is enough.
 */
function reused(goal: Converge, line: Member): readonly Failure[] {
  const want = goal.members.find(({ id }) => id === line.id)
  const wanted = want && wantedLine(goal, want)
  if (wanted === undefined || wanted.addresses[0]?.address !== line.addresses[0]?.address) return []
  const now = portsOf(line)
  const more = (['secure', 'metrics'] as const).flatMap((name) => {
    const port = goal.ports[name]
    return port === undefined ? [] : [[name, port] as const]
  })
  const next = [...portsOf(wanted), ...more]
  return next.flatMap(([name, port]) => {
    const other = now.find(([, taken]) => taken === port)?.[0]
    if (other === undefined || other === name) return []
    const hint = 'first give them ports that no member has open, and run `up`; then these'
    return [refusal(want?.host, `its ${name} port ${port} is its ${other} port now`, hint)]
  })
}

const portsOf = ({ addresses: [at], client }: Member): readonly (readonly [string, number])[] => [
  ...(client === undefined ? [] : [['client', client.port] as const]),
  ...(at === undefined ? [] : [['peer', at.peer] as const, ['election', at.election] as const]),
]

/** An entry may go once its member was seen stopped: whatever runs on unseen would be forgotten with it. */
function forgotten(goal: Converge, now: EnsembleFacts): readonly Failure[] {
  const unasked = leftUnseen(goal, now).filter(({ host }) => !mayLeaveUnseen(goal, host))
  return unasked.map(({ id, host, address }) =>
    refusal(
      undefined,
      `${host} (id ${id}) left, was not seen stopped, and the inventory does not list it any more`,
      `write ${host}: { id: ${id}, address: ${address}, role: absent } again until it was; or give it up with --yes`,
    ),
  )
}

/** Members that left, were not seen stopped, and are in the inventory no more. */
export const leftUnseen = (goal: Pick<Goal, 'members'>, now: EnsembleFacts) =>
  leftOf(now).filter(
    ({ id, stopped }) => !stopped && isUnlisted({ id }, now) && !goal.members.some((each) => each.id === id),
  )

/** Ids are not given to another host: whoever knows the former one would take this for it. */
function taken(goal: Converge, now: EnsembleFacts): readonly Failure[] {
  const joiners = goal.members.filter((each) => isWanted(each) && isUnlisted(each, now))
  if (joiners.length > 0 && now.config.is === 'present' && now.config.value.left?.is === 'unknown')
    return [now.config.value.left.why]
  return joiners.flatMap(({ host, id }) => {
    const former = leftOf(now).find((each) => each.id === id && each.host !== host)
    if (former === undefined) return []
    const got = `its id ${id} was that of ${former.host}, which left the ensemble`
    return [refusal(host, got, `give ${host} an id that no host ever had`)]
  })
}

/**
 * A record of another inventory's ensemble by the same name: its hosts have other addresses, another home, or no name in common. What an
 * earlier version did not record is not compared; where a host holds data of that very founding, the inventory is that ensemble's, changed.
 */
export function recordProblems(goal: Goal, now: EnsembleFacts): readonly Failure[] {
  const { founding } = now
  if (founding.is !== 'present') return []
  const { id, hosts, addresses = {}, home = goal.home } = founding.value
  if (founding.value.state === 'done' && now.members.some((member) => stampOf(member)?.founding === id)) return []
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
  const lines = lastConfig(now)?.members.filter(({ role }) => role === 'participant')
  const participants = now.members.filter((member) =>
    lines === undefined ? roleOf(goal, member.host) === 'participant' : lines.some(({ id }) => id === member.id),
  )
  // Who is out of reach may know of others than those that can be seen.
  if (lines === undefined && now.members.some(({ laid }) => laid.is === 'unknown')) return []
  const votes = lines?.length ?? participants.length
  const may = participants.filter((member) => member.laid.is === 'unknown' || mayVote(member)).map(({ host }) => host)
  if (may.length >= majorityOf(votes)) return []
  const holds = may.length === 0 ? 'no host holds its data any more' : `only ${named(may)} can hold its data`
  const got = `${goal.ensemble} was founded before, and ${holds}: no majority of ${votes} participants`
  const hint = `bring ~/${goal.home}/data of the others back from a copy; or, if it is given up, \`destroy --data\` asks whether its record is to end, and then \`up\` founds it anew`
  return [refusal(undefined, got, hint)]
}

const refusal = (host: string | undefined, got: string, hint: string) => new Failure({ host, step, got, hint, exit: 5 })
