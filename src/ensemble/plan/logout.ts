import { cronStarts, logoutProblem } from '../../hosts/logout.ts'
import type { PlanDocument } from '../../model/documents.ts'
import type { Fact } from '../../model/fact.ts'
import type { HostName } from '../../model/names.ts'
import type { HostFacts } from '../../remote/host-facts.ts'
import type { Goal } from '../desired.ts'
import { type EnsembleFacts, serverOf } from '../facts.ts'
import type { Foreseen } from './foresee.ts'
import { majorityOf, voters } from './majority.ts'
import { hostsOf, named } from './step.ts'

/** Members that go down together behind the back of a run, as a step of its plan. */
export type Logout = PlanDocument['steps'][number]

/**
 * What a roll cannot help: a run has one login a host, all of them end together at its end, and where systemd-logind then ends what they started
 * (KillUserProcesses) those members go down at once. Undefined where the others stay a majority; a server that this run does not start
 * belongs to no login of it. Pure.
 */
export function stopsAtLogout(
  goal: Goal,
  steps: readonly Foreseen[],
  { hosts, ensemble }: { readonly hosts: ReadonlyMap<HostName, Fact<HostFacts>>; readonly ensemble: EnsembleFacts },
): Logout | undefined {
  const started = goal.members.map(({ host }) => host).filter((host) => starts(steps, host))
  const factsOf = (host: HostName) => {
    const fact = hosts.get(host)
    return fact?.is === 'present' ? fact.value : undefined
  }
  const ended = started.flatMap((host) => {
    const facts = factsOf(host)
    return facts !== undefined && logoutProblem(facts) !== undefined ? [{ host, again: cronStarts(facts) }] : []
  })
  const names = ended.map(({ host }) => host)
  const others = [...ensemble.members.filter(serverOf).map(({ host }) => host), ...started]
  const stay = new Set(others.filter((host) => !names.includes(host)))
  const isLost = (votes: readonly HostName[]) =>
    votes.some((host) => names.includes(host)) &&
    votes.filter((host) => stay.has(host)).length < majorityOf(votes.length)
  if (!electorates(goal, ensemble).some(isLost)) return undefined
  const never = ended.filter(({ again }) => !again).map(({ host }) => host)
  const all = names.length > 1 ? ', all at once' : ''
  const reason = `as this run logs out, systemd-logind ends what it started there (KillUserProcesses)${all}: the service stops, ${after(names, never)}`
  return { kind: 'stop', hosts: names, reason }
}

const starts = (steps: readonly Foreseen[], host: HostName): boolean =>
  steps.some(({ step }) => 'turns' in step && hostsOf(step).includes(host))

/** Who votes now, and who is to vote. */
const electorates = ({ members }: Goal, now: EnsembleFacts): readonly (readonly HostName[])[] => [
  now.members.filter(({ id }) => voters(now).includes(id)).map(({ host }) => host),
  members.filter(({ role }) => role === 'participant').map(({ host }) => host),
]

function after(hosts: readonly HostName[], never: readonly HostName[]): string {
  const them = hosts.length > 1 ? 'them' : 'it'
  if (never.length === hosts.length) return `and nothing starts ${them} again`
  const but = never.length === 0 ? '' : `, and nothing does on ${named(never)}`
  return `until cron starts ${them} again within a minute${but}`
}
