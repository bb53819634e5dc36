import type { SupervisionFacts } from '../remote/host-facts.ts'
import { holdsNothing, type MemberFacts, serverOf, servingOf } from './facts.ts'

/** What keeps a host from keeping its member running by itself, in a person's words. Where nothing was founded there is nothing to say. */
export function upkeepProblems(member: MemberFacts): string[] {
  if (member.laid.is !== 'present' || holdsNothing(member)) return []
  const { supervision } = member.laid.value
  return [
    ...(supervision === undefined ? [] : [...failing(member, supervision), ...supervisor(member, supervision)]),
    ...cron(member),
  ]
}

/** One start in vain may be anybody's kill; the pauses between them reach a minute with the seventh (templates/bin/supervise). */
function failing(member: MemberFacts, { failing: fact }: SupervisionFacts): string[] {
  if (fact.is === 'unknown') return [fact.why.got]
  if (fact.is === 'absent' || fact.value.times < 2 || servingOf(member) !== undefined) return []
  const { times, words } = fact.value
  return [`${times} starts in a row came to nothing, and the pauses get longer, up to a minute: ${words}`]
}

function supervisor(member: MemberFacts, { wanted, alive }: SupervisionFacts): string[] {
  if (wanted && alive) return []
  if (wanted)
    return [`its supervisor does not run${member.cron?.is === 'present' ? ': cron starts it within a minute' : ''}`]
  return serverOf(member) === undefined ? [] : ['nothing starts its server again when it dies: `up` sees to that']
}

function cron({ cron: fact }: MemberFacts): string[] {
  if (fact === undefined || fact.is === 'present') return []
  const why = fact.is === 'unknown' ? fact.why.got : 'the crontab lacks our lines, which `up` writes'
  return [`it does not come back by itself after a reboot: ${why}`]
}
