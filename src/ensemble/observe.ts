import { hasCronLines } from '../hosts/crontab.ts'
import type { FoundingRecord } from '../local/founding.ts'
import { absent, type Fact, present, unknown } from '../model/fact.ts'
import { type Failure, Unreachable } from '../model/failure.ts'
import type { HostName, ReleaseName } from '../model/names.ts'
import type { HostFacts, MemberLaid } from '../remote/host-facts.ts'
import type { Endpoint } from '../zookeeper/config.ts'
import type { Told } from './act.ts'
import type { Asking } from './ask.ts'
import { type EnsembleFacts, type MemberFacts, type Membership, serverOf, type Serving } from './facts.ts'
import { type Answer, answerAt, isElsewhere, placesOf, type Sought } from './place.ts'
import { hostsOf, type Step } from './plan/step.ts'

/** What an observation of the members needs. */
export interface Sources {
  /** all hosts of the inventory, in order of id */
  readonly members: readonly Sought[]
  readonly asking: Asking
  /** what is said to that host's ports goes there without SSH: a session that nobody wished goes through another, if it can */
  readonly beside?: (host: HostName) => boolean
  /** folder below the user's home on each host */
  readonly home: string
  /** what lies on one host, anew: one call; unknown where it cannot be asked */
  host(host: HostName): Promise<Fact<MemberLaid>>
  founding(): Promise<Fact<FoundingRecord>>
  /** ms since the epoch */
  now(): number
}

export interface Watch {
  /** `through`: open a session through each of these where a process of ours serves; `full`: no process is taken from memory that does not serve */
  observe(wish?: { readonly through?: readonly HostName[]; readonly full?: boolean }): Promise<EnsembleFacts>
  /** one member's answer alone, and nothing is remembered of it */
  glance(host: HostName): Promise<Fact<Serving>>
  /** a step was tried there: what is known of its hosts, or of who belongs, is none any more */
  forget(step: Step): void
  /** how these are kept running was changed: what is known of that is known no more */
  laidOut(hosts: readonly HostName[]): void
  /** a step came back without failure, and may have told what lies there now: then there is nothing to ask anew */
  did(step: Step, told?: Told): void
}

/** ms after which a host whose member does not serve is asked anew whether its process lives. */
const stale = 3_000

/**
 * Observes the members together. What cannot have changed by itself is remembered: a host is asked anew after a step there and, while its
 * member does not serve, every few seconds; so waiting at a gate costs no more than `srvr`. `hosts` are facts at hand already, or
 * on their way: ZooKeeper is asked meanwhile. An observation opens at most one session that is not wished, and closes all at its end.
 */
export function watchOf(
  sources: Sources,
  hosts: ReadonlyMap<HostName, Fact<HostFacts>> | Promise<ReadonlyMap<HostName, Fact<HostFacts>>> = new Map(),
): Watch {
  const memory = nothingYet()
  let first: typeof hosts | undefined = hosts
  const forget = (step: Step) => {
    for (const host of hostsOf(step)) memory.asked.delete(host)
    if (step.kind !== 'reconfig' && !(step.kind === 'record' && step.gone !== undefined)) return
    memory.config = absent
    for (const host of hostsOf(step)) memory.sessions.delete(lastNonceOf(memory, host) ?? '')
  }
  return {
    forget,
    async glance(host) {
      const member = sources.members.find((one) => one.host === host)
      return (await answerAt(sources.asking, host, member === undefined ? [] : placesIn(memory, member), false)).fact
    },
    laidOut(hosts) {
      for (const host of hosts) {
        memory.cron.delete(host)
        if (isAlive(memory.laid.get(host))) memory.asked.delete(host)
      }
    },
    did(step, told = new Map()) {
      if (step.kind !== 'record') forget(step)
      else if (step.gone !== undefined) forget({ ...step, served: [] })
      if (step.kind === 'record') for (const { host, conf } of step.served) noteServed(memory, host, conf)
      for (const [host, laid] of told) remember(memory, sources.now(), host, laid)
    },
    async observe({ through, full = false } = {}) {
      const began = sources.now()
      const sessions = sessionsOf(sources, memory, through)
      const ask = askerOf(sources, memory, sessions.offer)
      const asked = Promise.all(sources.members.map(ask))
      const [known, founding, answers] = await Promise.all([first, sources.founding(), asked])
      for (const [host, fact] of known ?? []) {
        remember(memory, sources.now(), host, laidOf(host, fact))
        if (fact.is === 'present') memory.cron.set(host, hasCronLines(fact.value, sources.home))
      }
      first = undefined
      const servings = new Map(answers.map((asked) => [asked.member.host, asked.answer] as const))
      await refresh(sources, memory, servings, full ? began : began - stale)
      // What the hosts told meanwhile may place a member elsewhere than it was asked.
      const moved = answers.filter((asked) => isElsewhere(placesIn(memory, asked.member), asked.places, asked.answer))
      for (const { member, answer } of await Promise.all(moved.map(({ member }) => ask(member))))
        servings.set(member.host, answer)
      memory.leader = leaderIn(servings)
      await sessions.over(servings)
      const at = sources.now()
      const members = sources.members.map((member) => memberFacts(member, memory, servings, at))
      return { at, members, config: memory.config, founding }
    },
  }
}

interface Memory {
  readonly laid: Map<HostName, Fact<MemberLaid>>
  /** of whole observations */
  readonly cron: Map<HostName, Fact<true>>
  /** when each host was asked last */
  readonly asked: Map<HostName, number>
  config: Fact<Membership>
  /** by the nonce of the server that the session went through */
  readonly sessions: Map<string, Fact<true>>
  leader: HostName | undefined
}

const nothingYet = (): Memory => ({
  laid: new Map(),
  cron: new Map(),
  asked: new Map(),
  config: absent,
  sessions: new Map(),
  leader: undefined,
})

const placesIn = (memory: Memory, member: Sought) => placesOf(member, memory.laid.get(member.host), memory.config)

/** Asks one member wherever it may listen by now. */
const askerOf =
  (sources: Sources, memory: Memory, serves: (host: HostName, at: Endpoint) => void) => async (member: Sought) => {
    const { host } = member
    const places = placesIn(memory, member)
    const answer = await answerAt(sources.asking, host, places, host === memory.leader)
    if (answer.at !== undefined) serves(host, answer.at)
    return { member, places, answer }
  }

/** What each member answered. */
type Servings = ReadonlyMap<HostName, Answer>

const leaderIn = (servings: Servings): HostName | undefined =>
  [...servings].find(([, { fact }]) => fact.is === 'present' && fact.value.mode === 'leader')?.[0]

function remember(memory: Memory, at: number, host: HostName, laid: Fact<MemberLaid>): void {
  memory.asked.set(host, at)
  memory.laid.set(host, laid)
}

function laidOf(host: HostName, fact: Fact<HostFacts>): Fact<MemberLaid> {
  if (fact.is === 'present') return fact.value.laid
  return fact.is === 'unknown' ? fact : unknown(notAsked(host))
}

function noteServed(memory: Memory, host: HostName, conf: ReleaseName): void {
  const laid = memory.laid.get(host)
  if (laid?.is === 'present') memory.laid.set(host, present({ ...laid.value, served: present(conf) }))
}

const isAlive = (laid: Fact<MemberLaid> | undefined): boolean => laid !== undefined && serverOf({ laid }) !== undefined

const lastNonceOf = (memory: Memory, host: HostName): string | undefined => {
  const laid = memory.laid.get(host)
  return laid?.is === 'present' && laid.value.server.is === 'present' ? laid.value.server.value.nonce : undefined
}

/** Hosts that were changed, or whose process and answers do not fit together and that were not asked `since`, are asked anew. */
async function refresh(sources: Sources, memory: Memory, servings: Servings, since: number): Promise<void> {
  const due = sources.members.filter(({ host }) => {
    const asked = memory.asked.get(host)
    if (asked === undefined) return true
    const fits = isAlive(memory.laid.get(host)) && servings.get(host)?.fact.is === 'present'
    return !fits && asked < since
  })
  await Promise.all(due.map(async ({ host }) => remember(memory, sources.now(), host, await sources.host(host))))
}

/** The sessions of an observation: through those members that were wished, and one that serves where the members are not known yet. */
function sessionsOf(sources: Sources, memory: Memory, through: readonly HostName[] | undefined) {
  const under = new Map<HostName, Promise<void>>()
  let last: readonly [HostName, Endpoint] | undefined
  const open = async (host: HostName, at: Endpoint) => {
    const nonce = lastNonceOf(memory, host)
    const config = await sources.asking.config(host, at)
    // What was read before stays the best that is known, but not once nobody serves; and no member's older view is better.
    const known = memory.config.is === 'present' ? memory.config.value.version : undefined
    const isNewer = config.is === 'present' && (known === undefined || config.value.version >= known)
    if (isNewer || known === undefined) memory.config = config
    if (nonce !== undefined) memory.sessions.set(nonce, config.is === 'unknown' ? config : present<true>(true))
  }
  return {
    offer: (host: HostName, at: Endpoint): void => {
      // What answers where nothing of ours lives is another's.
      const isWished = through?.includes(host) === true && isAlive(memory.laid.get(host))
      if (!isWished && (memory.config.is === 'present' || under.size > 0)) return
      if (under.has(host)) return
      if (!isWished && sources.beside?.(host) === true) last ??= [host, at]
      else under.set(host, open(host, at))
    },
    async over(servings: Servings): Promise<void> {
      if (under.size === 0 && last !== undefined) under.set(last[0], open(...last))
      await Promise.all(under.values())
      if (![...servings.values()].some(({ fact }) => fact.is === 'present')) memory.config = absent
    },
  }
}

function memberFacts({ host, id }: Sought, memory: Memory, servings: Servings, now: number): MemberFacts {
  const laid = memory.laid.get(host) ?? unknown(notAsked(host))
  // Without its host nothing is known of a member: an answer cannot be tied to a process of ours.
  const answer = laid.is === 'unknown' ? laid : (servings.get(host)?.fact ?? unknown(notAsked(host)))
  // Where nothing of ours runs nothing of ours serves, whatever kept an answer away.
  const serving = answer.is === 'unknown' && laid.is !== 'unknown' && !isAlive(laid) ? absent : answer
  const session = memory.sessions.get(lastNonceOf(memory, host) ?? '') ?? absent
  const cron = memory.cron.get(host)
  const at = serving.is === 'present' ? servings.get(host)?.at : undefined
  return {
    host,
    id,
    laid,
    serving,
    session,
    ...(at && { at }),
    ...ageOf(memory, host, now),
    ...(cron && { cron }),
  }
}

/** It grew since the host was asked. */
function ageOf(memory: Memory, host: HostName, now: number): Pick<MemberFacts, 'age'> {
  const laid = memory.laid.get(host)
  const age = laid?.is === 'present' && laid.value.server.is === 'present' ? laid.value.server.value.age : undefined
  return age === undefined ? {} : { age: age + (now - (memory.asked.get(host) ?? now)) / 1000 }
}

const notAsked = (host: HostName): Failure =>
  new Unreachable({ host, step: 'observe the member', got: 'it was not asked', hint: 'run it again' })
