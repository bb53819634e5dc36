import type { HostName } from '../../model/names.ts'
import type { Converge, Goal } from '../desired.ts'
import { type EnsembleFacts, hasVote, memberOf, serverOf, servingOf } from '../facts.ts'

type Asked = Pick<Converge, 'members' | 'superIsNew'>

/**
 * Members serve that were started before the password of the super user was made, of which the former is lost: through these nobody may
 * change who belongs. Each learns it as it restarts with a conf release of this goal.
 */
export const superIsUnknown = ({ members, superIsNew }: Asked, now: EnsembleFacts): boolean =>
  superIsNew === true &&
  members.some(({ host, role, conf, way }) => {
    const member = memberOf(now, host)
    const runs = member && servingOf(member) && serverOf(member)?.conf
    if (role === 'absent' || runs === undefined) return false
    return ![conf, ...(way ?? []).map((each) => each.conf)].includes(runs)
  })

/**
 * Leavers that hold a vote and do not serve. They keep it until the others know the super user: where these are too few without it, each of
 * them stops the service as it restarts.
 */
export const votesInTheWay = (goal: Goal, now: EnsembleFacts): readonly HostName[] =>
  goal.kind !== 'converge' || !superIsUnknown(goal, now)
    ? []
    : goal.members.flatMap(({ host, role }) => {
        const member = memberOf(now, host)
        const isDown = role === 'absent' && member !== undefined && hasVote(member, now)
        return isDown && servingOf(member) === undefined ? [host] : []
      })
