import { ownershipOf } from '../hosts/ownership.ts'
import type { MemberStatus, StatusDocument } from '../model/documents.ts'
import { formatMember, sameMember } from '../zookeeper/config.ts'
import { type DesiredMember, type Goal, roleOf } from './desired.ts'
import { certificateProblems } from './expiry.ts'
import {
  currentOf,
  type EnsembleFacts,
  holdsNothing,
  isUnlisted,
  leaderOf,
  leftOf,
  lineOf,
  type MemberFacts,
  serverOf,
  type Serving,
  servingOf,
  someoneServes,
} from './facts.ts'
import { wantedLine } from './plan/founding.ts'
import { vanishedMembers } from './plan/membership-problems.ts'
import { markWords, restoreMarkOf } from './plan/restore-mark.ts'
import { upkeepProblems } from './upkeep.ts'

/** What a status is judged by; conf releases may be left out, as where no secrets are at hand to render them. */
export type Expected = Pick<Goal, 'ensemble' | 'members' | 'ports'>

/** `status --json` (docs/design.md, Commands and exit codes) without its trees. */
export function statusOf(expected: Expected, now: EnsembleFacts): Omit<StatusDocument, 'trees'> {
  const quorum = hasQuorum(now)
  return {
    ensemble: expected.ensemble,
    quorum,
    healthy: quorum && isHealthy(expected, now),
    leader: leaderOf(now)?.host ?? null,
    members: expected.members.flatMap((want) => {
      const member = now.members.find(({ host }) => host === want.host)
      return member === undefined ? [] : [memberStatus(expected, want, member, now)]
    }),
  }
}

/** `srvr` answers only while serving, and only a quorum serves; a server that runs alone has none. */
const hasQuorum = (now: EnsembleFacts): boolean =>
  now.members.some((member) => ['leader', 'follower', 'observer'].includes(servingOf(member)?.mode ?? ''))

/** Every member whose role is not absent serves in its role, synced; an absent one counts only while it still runs. */
function isHealthy(expected: Expected, now: EnsembleFacts): boolean {
  const should = now.members.filter(({ host }) => roleOf(expected, host) !== 'absent')
  const leaving = now.members.filter(({ host }) => roleOf(expected, host) === 'absent')
  const leader = leaderOf(now)
  const leading = leader && servingOf(leader)?.leading
  if (leading === undefined || !should.every((member) => servesInRole(expected, member, now))) return false
  const participants = should.filter(({ host }) => roleOf(expected, host) === 'participant').length
  const synced =
    leading.syncedFollowers - leading.syncedNonVotingFollowers >= participants - 1 &&
    leading.syncedObservers >= should.length - participants
  return synced && !leaving.some((member) => serverOf(member) !== undefined)
}

function servesInRole(expected: Expected, member: MemberFacts, now: EnsembleFacts): boolean {
  const role = roleOf(expected, member.host)
  const mode = servingOf(member)?.mode
  // What answers at its port may be anyone's: only a process of ours serves for it.
  if (member.laid.is !== 'unknown' && serverOf(member) === undefined) return false
  const fits = role === 'observer' ? mode === 'observer' : mode === 'leader' || mode === 'follower'
  const listed = now.config.is === 'present' ? now.config.value.members.find(({ id }) => id === member.id)?.role : role
  return fits && listed === role
}

function memberStatus(expected: Expected, want: DesiredMember, member: MemberFacts, now: EnsembleFacts): MemberStatus {
  const serving = servingOf(member)
  return {
    host: want.host,
    id: want.id,
    address: want.address,
    role: want.role,
    state: stateOf(member, serving),
    version: serving?.version ?? null,
    zxid: serving?.zxid ?? null,
    connections: serving?.connections ?? null,
    uptime_s: serving === undefined || member.age === undefined ? null : Math.floor(member.age),
    problems: problems(expected, want, member, now),
  }
}

function stateOf(member: MemberFacts, serving: Serving | undefined): MemberStatus['state'] {
  if (serving !== undefined) return serving.mode === 'standalone' ? 'leader' : serving.mode
  return member.laid.is === 'unknown' || member.serving.is === 'unknown' ? 'unreachable' : 'down'
}

/** What a person should know of one member; problems alone do not make an ensemble unhealthy. */
export function problems(
  expected: Expected,
  want: DesiredMember,
  member: MemberFacts,
  now: EnsembleFacts,
): MemberStatus['problems'] {
  const [telling] = now.members.filter((each) => servingOf(each) !== undefined)
  const others = telling?.host === want.host ? vanishedMembers(expected, now).map(({ got }) => got) : []
  const unseen = member.laid.is === 'unknown' ? [`${member.laid.why.step}: ${member.laid.why.got}`] : []
  if (want.role === 'absent') return leavingProblems(want, member, now, unseen)
  if (unseen.length > 0) return [...others, ...unseen]
  const mark = restoreMarkOf(member)
  return [
    ...others,
    ...(mark === undefined ? [] : [markWords(mark)]),
    ...servingProblems(want, member, now),
    ...placeProblems(expected, want, now),
    ...confProblems(want, member),
    ...certificateProblems(member, now),
    ...upkeepProblems(member),
    ...dataProblems(expected, want, member),
  ]
}

/** Of a member that is to leave, or left: what keeps it from being forgotten. */
function leavingProblems(
  want: DesiredMember,
  member: MemberFacts,
  now: EnsembleFacts,
  unseen: readonly string[],
): string[] {
  const runs = serverOf(member) !== undefined
  if (!isUnlisted(member, now)) {
    const known = now.config.is === 'present' ? ['it is to leave, and still belongs: `up` removes it'] : []
    return [...unseen, ...(known.length === 0 && runs ? ['it is to leave, and still runs'] : known)]
  }
  if (runs) return ['it left, and still runs: `up` stops it']
  const left = leftOf(now).find(({ id }) => id === want.id)
  if (left?.stopped === true || (left === undefined && unseen.length === 0)) return []
  return [...unseen, ...(left === undefined ? [] : ['it left, and was not seen stopped: `up` looks again'])]
}

function servingProblems(want: DesiredMember, member: MemberFacts, now: EnsembleFacts): string[] {
  const serving = servingOf(member)
  const server = serverOf(member)
  if (member.serving.is === 'unknown') return [`runs, and does not answer: ${member.serving.why.got}`]
  if (serving === undefined) return [downProblem(member, now)]
  const line = lineOf(member, now)
  return [
    ...(serving.mode === 'standalone' ? ['it runs alone, without the others'] : []),
    ...(server === undefined ? ['what answers at its client port is no server of ours'] : []),
    ...(now.config.is === 'present' && line === undefined ? ['/zookeeper/config does not list it'] : []),
    ...(line !== undefined && line.role !== want.role ? [`/zookeeper/config has it as ${line.role}`] : []),
    ...strangers(serving, now),
  ]
}

/** A host that was taken out of the inventory while it joined: its server follows on, and nothing else tells of it. */
function strangers({ leading }: Serving, now: EnsembleFacts): string[] {
  if (leading === undefined || now.config.is !== 'present') return []
  // One that cannot be asked may follow.
  const mayFollow = (member: MemberFacts) => member.serving.is === 'unknown' || servingOf(member)?.mode === 'follower'
  const known = now.members.filter((member) => isUnlisted(member, now) && mayFollow(member))
  const count = leading.syncedNonVotingFollowers - known.length
  if (count <= 0) return []
  const who = count === 1 ? 'a server follows' : `${count} servers follow`
  return [`${who} it that the inventory does not list: with its host there again, \`role: absent\`, \`up\` stops it`]
}

/** Where it is by /zookeeper/config, while the inventory has it elsewhere. */
function placeProblems(expected: Expected, want: DesiredMember, now: EnsembleFacts): string[] {
  const line = lineOf(want, now)
  const wanted = wantedLine(expected, want)
  if (line === undefined || wanted === undefined || sameMember({ ...line, role: wanted.role }, wanted)) return []
  const [from, to] = [line, { ...wanted, role: line.role }].map(formatMember)
  return [`/zookeeper/config has it as ${from}, the inventory as ${to}: \`up\` moves it`]
}

function downProblem(member: MemberFacts, now: EnsembleFacts): string {
  const server = serverOf(member)
  if (server !== undefined)
    return `its server (pid ${server.pid}) runs, and does not serve${someoneServes(now) ? '' : ': there is no quorum'}`
  if (isUnlisted(member, now)) return 'it does not belong yet: `up` lets it join'
  return holdsNothing(member) ? 'nothing was founded there' : 'its server does not run'
}

function confProblems(want: DesiredMember, member: MemberFacts): string[] {
  const server = serverOf(member)
  if (server === undefined) return []
  const current = currentOf(member)
  const wanted = want.conf !== undefined && server.conf !== want.conf
  return [
    ...(wanted ? [`runs ${server.conf}, not ${want.conf}: \`up\` restarts it`] : []),
    ...(current !== undefined && current !== server.conf
      ? [`runs ${server.conf}, and would start with ${current}`]
      : []),
  ]
}

function dataProblems({ ensemble }: Expected, { host, id }: DesiredMember, { laid }: MemberFacts): string[] {
  const found = laid.is === 'present' ? ownershipOf({ ensemble, host, id }, laid.value.data) : undefined
  return found !== undefined && 'got' in found ? [found.got] : []
}
