import { absent, present } from '../../model/fact.ts'
import type { HostName, ReleaseName } from '../../model/names.ts'
import { formatMember } from '../../zookeeper/config.ts'
import { begunOn, type Goal, idOf } from '../desired.ts'
import {
  type EnsembleFacts,
  hasVote,
  isUnlisted,
  lastConfig,
  leaderOf,
  leftOf,
  lineOf,
  type MemberFacts,
  type MemberLaid,
  serverOf,
  type Serving,
  servingOf,
} from '../facts.ts'
import { linesOf } from './founding.ts'
import { leaderMoves, majorityOf, whyNotDown } from './majority.ts'
import { nextStep } from './next-step.ts'
import { endsServing, hostsOf, type Next, type Step } from './step.ts'
import { addStep, beginTrail, type Trail, witness } from './trail.ts'

export interface Foreseen {
  readonly step: Step
  readonly reason: string
}

/** More steps than any ensemble needs: an end for a fold that a defect would keep going. */
const limit = 200

/** The steps that `advance` will do where nothing fails: `nextStep`, folded over each step's expected effect. */
export const foresee = (goal: Goal, now: EnsembleFacts): readonly Foreseen[] => foreseeAll(goal, now).steps

/**
 * The same, with what it ends in: nothing left, a refusal, or a wait whose end cannot be expected. `waits` is what is waited for first, where
 * something is: then there is something to do even without a step, for it may not come by itself.
 */
export function foreseeAll(goal: Goal, now: EnsembleFacts): { steps: readonly Foreseen[]; end: Next; waits?: string } {
  const { steps, end } = walk(goal, now)
  const first = nextStep(goal, now)
  const waits = first.is === 'wait' ? { waits: first.for } : {}
  return { steps: steps.map(({ step, reason }) => ({ step, reason })), end, ...waits }
}

/** Whether the way there takes the quorum down: with one or two participants it is asked about. */
export const stopsService = (goal: Goal, now: EnsembleFacts): boolean =>
  goal.kind !== 'stop' &&
  walk({ ...goal, mayStopService: true }, now).steps.some(
    ({ step, before }) =>
      (endsServing(step) && whyNotDown(before, hostsOf(step)) !== undefined) ||
      (step.kind === 'reconfig' && leaderMoves(step.change, before)),
  )

/** Each step with the facts that it is expected to begin from, what was waited for before it included. */
function walk(goal: Goal, now: EnsembleFacts): { steps: readonly (Foreseen & { before: EnsembleFacts })[]; end: Next } {
  const steps: (Foreseen & { before: EnsembleFacts })[] = []
  let facts = now
  let trail: Trail = beginTrail(now.at)
  let waited = false
  for (;;) {
    const next = nextStep(goal, facts, trail)
    if (next.is === 'step' && steps.length < limit) {
      steps.push({ step: next.step, reason: next.reason, before: facts })
      trail = addStep(trail, next.step, facts, facts.at)
      facts = expect(goal, next.step, facts)
      waited = false
    } else if (next.is === 'wait' && !waited) {
      facts = expectServing(goal, facts, [])
      waited = true
    } else {
      return { steps, end: next }
    }
    trail = witness(trail, facts)
  }
}

/** The facts after a step that went well, its gate included. */
export function expect(goal: Goal, step: Step, now: EnsembleFacts): EnsembleFacts {
  if (step.kind === 'stop') return expectServing(goal, update(now, step.hosts, stopped), step.hosts)
  if (step.kind === 'reconfig') return expectServing(goal, reconfigured(now, step), [])
  if (step.kind === 'record') {
    const noted = update(now, hostsOf(step), (laid) => {
      const conf = laid.server.is === 'present' ? laid.server.value.conf : undefined
      return conf === undefined ? laid : { ...laid, served: present(conf) }
    })
    const known = step.gone === undefined ? noted : remembered(noted, step.gone)
    return step.founded === undefined ? known : { ...known, founding: done(known.founding) }
  }
  const confs = new Map(step.turns.map(({ host, conf }) => [host, conf]))
  const run = (laid: MemberLaid, host: HostName) => running(laid, confs.get(host) ?? '')
  const isNew = step.kind === 'found' || step.kind === 'join'
  const first = isNew ? update(now, hostsOf(step), (laid, host) => founded(goal, step, laid, host)) : now
  const started = expectServing(goal, update(first, hostsOf(step), run), hostsOf(step))
  if (step.kind !== 'found') return started
  return { ...started, founding: present(begunOn(goal, step.founding, step.recorded)) }
}

const nothing: MemberLaid = {
  current: absent,
  served: absent,
  server: absent,
  data: { is: 'empty', stamp: absent, myid: absent, initialize: false, started: false },
}

function update(
  now: EnsembleFacts,
  hosts: readonly HostName[],
  change: (laid: MemberLaid, host: HostName) => MemberLaid,
): EnsembleFacts {
  const members = now.members.map((member) =>
    hosts.includes(member.host) && member.laid.is !== 'unknown'
      ? { ...member, laid: present(change(member.laid.is === 'present' ? member.laid.value : nothing, member.host)) }
      : member,
  )
  return { ...now, members }
}

const stopped = ({ supervision, ...laid }: MemberLaid): MemberLaid => ({
  ...laid,
  server: absent,
  ...(supervision === undefined ? {} : { supervision: { ...supervision, wanted: false, alive: false } }),
})

/** The nonce only has to be another than before: so a foreseen restart counts as done. */
const running = (laid: MemberLaid, conf: ReleaseName): MemberLaid => {
  const former = laid.server.is === 'present' ? laid.server.value.nonce : ''
  return {
    ...laid,
    current: present(conf),
    server: present({ pid: 0, start: '', nonce: `${former}+`, conf, alive: true }),
    data: { ...laid.data, is: 'held', started: true, initialize: false },
  }
}

function founded(goal: Goal, step: Step & { kind: 'found' | 'join' }, laid: MemberLaid, host: HostName): MemberLaid {
  const id = idOf(goal, host)
  const stamp = present({ ensemble: goal.ensemble, founding: step.founding, host, id })
  const members = { version: '', lines: step.lines.map(formatMember).join('\n') }
  return { ...laid, members, data: { ...laid.data, is: 'held', stamp, myid: present(String(id)) } }
}

function reconfigured(now: EnsembleFacts, { change, left }: Step & { kind: 'reconfig' }): EnsembleFacts {
  if (now.config.is !== 'present') return now
  const { members, version } = now.config.value
  const ids = [...change.leaving, ...change.joining.map(({ id }) => id)]
  const stay = members.filter(({ id }) => !ids.includes(id))
  const known = leftOf(now).filter(({ id }) => !ids.includes(id))
  return {
    ...now,
    config: present({
      version: (BigInt(`0x${version}`) + 1n).toString(16).padStart(16, '0'),
      members: [...stay, ...change.joining].sort((a, b) => a.id - b.id),
      left: present(left === undefined ? known : [...known, left]),
    }),
  }
}

const remembered = (now: EnsembleFacts, gone: readonly number[]): EnsembleFacts =>
  now.config.is !== 'present'
    ? now
    : {
        ...now,
        config: present({
          ...now.config.value,
          left: present(leftOf(now).map((left) => (gone.includes(left.id) ? { ...left, stopped: true } : left))),
        }),
      }

const done = (founding: EnsembleFacts['founding']): EnsembleFacts['founding'] =>
  founding.is === 'present' ? present({ ...founding.value, state: 'done' }) : founding

/** All live servers serve, if they are a majority; the leader stays where one leads on, else the highest id is elected. */
function expectServing(goal: Goal, now: EnsembleFacts, touched: readonly HostName[]): EnsembleFacts {
  const config = lastConfig(now) ?? { version: '0'.repeat(16), members: linesOf(goal) }
  const known: EnsembleFacts = { ...now, config: present(config) }
  const votes = config.members.filter(({ role }) => role === 'participant').length
  const up = now.members.filter((member) => serverOf(member) !== undefined)
  const unseen = now.members.filter((member) => member.laid.is === 'unknown' && hasVote(member, known))
  const electable = up.filter((member) => hasVote(member, known))
  const aside = up.filter((member) => isUnlisted(member, known))
  // Members out of reach are taken to serve: nothing is taken down on the strength of that.
  if (electable.length + unseen.length < majorityOf(votes))
    return { ...withModes(now, () => undefined), config: absent }
  const former = leaderOf(now)
  const stays =
    former !== undefined && electable.some(({ host }) => host === former.host) && !touched.includes(former.host)
  // Where the others can, they elect before one that is restarted is back.
  const others = electable.filter(({ host }) => !touched.includes(host))
  const able = others.length >= majorityOf(votes) ? others : electable
  const leader = stays
    ? former.host
    : able.reduce<MemberFacts | undefined>((best, m) => (best && best.id > m.id ? best : m), undefined)?.host
  const zxid = now.members.reduce((most, member) => maxText(most, servingOf(member)?.zxid ?? ''), '0'.repeat(16))
  const leading = {
    syncedFollowers: electable.length - 1 + unseen.length + aside.length,
    syncedNonVotingFollowers: aside.length,
    syncedObservers: up.length - electable.length - aside.length,
    pendingSyncs: 0,
    dataBytes: 0,
  }
  return withModes(known, (member) => {
    if (serverOf(member) === undefined) return undefined
    const { version = null, connections = null } = servingOf(member) ?? {}
    const common = { version, connections, zxid }
    if (member.host === leader) return { ...common, mode: 'leader', leading }
    return { ...common, mode: lineOf(member, known)?.role === 'observer' ? 'observer' : 'follower' }
  })
}

const maxText = (a: string, b: string): string => (a > b ? a : b)

function withModes(now: EnsembleFacts, serving: (member: MemberFacts) => Serving | undefined): EnsembleFacts {
  const members = now.members.map((member) => {
    if (member.laid.is === 'unknown') return member
    const value = serving(member)
    return value === undefined
      ? { ...member, serving: absent, session: absent }
      : { ...member, serving: present(value), session: present<true>(true) }
  })
  return { ...now, members }
}
