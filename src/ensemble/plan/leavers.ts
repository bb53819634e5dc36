import type { Converge } from '../desired.ts'
import { type EnsembleFacts, memberOf } from '../facts.ts'
import { leftUnseen } from './membership-problems.ts'
import { named, type Step } from './step.ts'

/** What to ask about the members that a plan lets go for good (empty: none), and those of them that cannot be seen to stop. */
export function leavers(goal: Converge, now: EnsembleFacts, steps: readonly Step[]) {
  const hosts = steps.flatMap((step) => (step.kind === 'reconfig' && step.left !== undefined ? step.hosts : []))
  const unseen = hosts.filter((host) => memberOf(now, host)?.laid.is === 'unknown')
  const given = leftUnseen(goal, now).map(({ host }) => host)
  return { unseen: [...unseen, ...given], words: wordsOf(hosts, unseen, given) }
}

function wordsOf(hosts: readonly string[], unseen: readonly string[], given: readonly string[]): string {
  const leave = hosts.length === 0 ? [] : [`${named(hosts)} ${hosts.length === 1 ? 'leaves' : 'leave'} the ensemble.`]
  const run = unseen.length === 0 ? [] : [`${named(unseen)} cannot be reached, so nothing stops what may run there.`]
  const forget = given.length === 0 ? [] : [`${named(given)} left before and was not seen stopped; it is given up.`]
  return [...leave, ...run, ...forget].join(' ')
}
