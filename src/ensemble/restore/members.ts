import { Failure } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import { formatMember, type Member, sameMember } from '../../zookeeper/config.ts'
import { type Converge, type Goal, roleOf } from '../desired.ts'
import { type EnsembleFacts, lastConfig, serverOf } from '../facts.ts'
import { linesOf } from '../plan/founding.ts'
import { entryFor } from '../plan/membership-problems.ts'
import { named } from '../plan/step.ts'

// Who belongs after a restore. Its data is a new beginning, so every host gets the inventory's members in its own file, whatever was there:
// hosts that were lost for good can be left out and others taken in their place, and no two members ever begin with different lists. What
// has to be known for that is that nobody else goes on with the former data.

/**
 * What forbids it (exit 5). A running ensemble has to be as the inventory says, for it can still be brought to that in order. Where nobody
 * serves, a member that the inventory does not list may do so unseen, and one that leaves is stopped along with the others.
 */
export function memberProblems(goal: Converge, now: EnsembleFacts): readonly Failure[] {
  const { config } = now
  if (config.is === 'absent') return unlisted(goal, now)
  if (config.is === 'unknown')
    return [failure(undefined, `it cannot be told who belongs: ${config.why.got}`, 'run `stop`, then this again')]
  const have = config.value.members
  const want = linesOf(goal)
  const hint = 'bring the members to what the inventory says with `up` first, or write what they are into it'
  const leavers = now.members.filter(({ host }) => roleOf(goal, host) === 'absent')
  return [
    ...have
      .filter((line) => !want.some((other) => sameMember(line, other)))
      .map((line) => failure(undefined, `the running ensemble has ${formatMember(line)}, the inventory not`, hint)),
    ...want
      .filter((line) => !have.some((other) => other.id === line.id))
      .map((line) => failure(undefined, `the inventory has ${formatMember(line)}, the running ensemble not`, hint)),
    ...leavers
      .filter(serverOf)
      .map(({ host }) => failure(host, 'it is to leave, and its server still runs', 'run `up` first')),
  ]
}

/** By the members' own files it belongs, and nobody looks at its host: it may serve with others that are not listed either. */
export const unlisted = (goal: Pick<Goal, 'members'>, now: EnsembleFacts): readonly Failure[] =>
  (lastConfig(now)?.members ?? [])
    .filter(({ id }) => !goal.members.some((each) => each.id === id))
    .map((line) => {
      const got = `server.${line.id} (${line.addresses[0]?.address ?? '?'}) belonged to the ensemble when it last served, and the inventory does not list it`
      const hint = `write it into the inventory again, below hosts: ${entryFor(line)}; with role: absent it is stopped and left out`
      return failure(undefined, got, hint)
    })

/** Hosts that leave and cannot be seen, so that it is not known whether they go on with the former data. */
export const unseenLeavers = (goal: Goal, now: EnsembleFacts): readonly HostName[] =>
  now.config.is === 'present'
    ? []
    : now.members
        .filter(({ host, laid }) => roleOf(goal, host) === 'absent' && laid.is === 'unknown')
        .filter(({ id }) => lastConfig(now)?.members.some((line) => line.id === id) ?? true)
        .map(({ host }) => host)

/**
 * Who belonged and who will, by their names, where that is not the same and nobody serves; undefined where nothing changes, or nobody ever
 * belonged.
 */
export function newMembers(
  goal: Converge,
  now: EnsembleFacts,
): { readonly former: string; readonly members: string } | undefined {
  const former = now.config.is === 'present' ? undefined : lastConfig(now)?.members
  if (former === undefined) return undefined
  const want = linesOf(goal)
  if (former.length === want.length && former.every((line) => want.some((other) => sameMember(line, other))))
    return undefined
  const name = (line: Member) => {
    const host = goal.members.find(({ id }) => id === line.id)?.host ?? `server.${line.id}`
    return want.some((other) => sameMember(line, other)) ? host : `${host} (${formatMember(line)})`
  }
  return { former: named(former.map(name)), members: named(want.map(name)) }
}

const failure = (host: HostName | undefined, got: string, hint: string): Failure =>
  new Failure({ host, step: 'plan the restore', got, hint, exit: 5 })
