import { Failure } from '../../model/failure.ts'
import { mayChange, type Stop } from '../desired.ts'
import { type EnsembleFacts, hasVote, leaderOf, runsOrWill, serverOf, servingOf, someoneServes } from '../facts.ts'
import { othersData } from './data.ts'
import { unseen } from './expected.ts'
import { whyNotDown } from './majority.ts'
import { named, type Next, refuse, refuseAll, stopOf } from './step.ts'
import { timesDone, type Trail } from './trail.ts'

/**
 * Everything of ours that runs is stopped, the leader last: so the others need no election while they go. Hosts out of reach are told
 * at the end. With --hosts this is no end of service, so the others have to stay a majority.
 */
export function nextStop(goal: Stop, now: EnsembleFacts, trail: Trail): Next {
  const running = now.members.filter((member) => runsOrWill(member) && mayChange(goal, member.host))
  const leader = leaderOf(now)
  const others = running.filter(({ host }) => host !== leader?.host)
  const hosts = (others.length > 0 ? others : running).map(({ host }) => host)
  const foreign = refuseAll(othersData(goal, now))
  if (foreign !== undefined) return foreign
  if (hosts.length === 0) {
    return (
      refuseAll(unseen(goal, now)) ?? {
        is: 'nothing',
      }
    )
  }
  const why =
    goal.only === undefined
      ? undefined
      : whyPart(
          now,
          running.map(({ host }) => host),
        )
  if (why !== undefined)
    return refuse(failure(hosts, why, 'stop all with `stop` without --hosts, or bring the others to serve first'))
  const again = hosts.filter((host) => timesDone(trail, 'stop', host) > 1)
  if (again.length > 0) return refuse(failure(again, 'their servers still run', 'see the failures before this one'))
  const runs = running.some(serverOf) ? 'it runs' : 'its supervisor would start it again'
  const reason = others.length > 0 && leader !== undefined ? 'the leader stops last' : runs
  return { is: 'step', step: stopOf(now, hosts), reason }
}

/** Members that do not serve may go; so may all when nobody serves. */
function whyPart(now: EnsembleFacts, hosts: readonly string[]): string | undefined {
  const votes = now.members.filter((member) => hosts.includes(member.host) && servingOf(member) && hasVote(member, now))
  return votes.length === 0 || !someoneServes(now)
    ? undefined
    : whyNotDown(
        now,
        votes.map(({ host }) => host),
      )
}

const failure = (hosts: readonly string[], got: string, hint: string) =>
  new Failure({ step: `stop ${named(hosts)}`, got, hint, exit: 5 })
