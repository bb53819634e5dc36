import type { HostName } from '../../model/names.ts'
import { ok, refusal, warning, type Finding, type Seen } from './finding.ts'

const tolerated = 30

/**
 * Clocks of hosts that were observed at about the same time. Where any two are more than 30 s apart, those that are away from
 * the middle one are named with their skew.
 */
export function clocks(seen: readonly Seen[]): readonly Finding[] {
  const byClock = [...seen].sort((a, b) => a.facts.machine.now - b.facts.machine.now)
  const [first, last, middle] = [byClock[0], byClock.at(-1), byClock[Math.floor((byClock.length - 1) / 2)]]
  if (first === undefined || last === undefined || middle === undefined) return []
  const isApart = last.facts.machine.now - first.facts.machine.now > tolerated
  return seen.map(({ host, facts }) => {
    const skew = Math.round(facts.machine.now - middle.facts.machine.now)
    if (!isApart || Math.abs(skew) <= tolerated / 2) return ok(host.name, 'clock', 'agrees')
    const got = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ${middle.host.name}`
    return warning(host.name, 'clock', got, 'have the clock set, such as by chronyd or ntpd')
  })
}

/** Two entries of the inventory that are one home on one machine are refused; one machine with two homes is warned about. */
export const homes = (seen: readonly Seen[]): readonly Finding[] =>
  seen.map(({ host, facts }) => {
    const others = seen.filter((other) => other.host !== host)
    const sameMachine = others.filter((other) => other.facts.machine.boot === facts.machine.boot)
    const sameHome = sameMachine.filter(({ facts: { machine } }) => isSamePlace(machine.place, facts.machine.place))
    if (sameHome.length > 0) {
      const got = `is one home on one machine with ${names(sameHome)}`
      return refusal(
        host.name,
        'machine',
        got,
        'each host of the inventory has to be a home of its own: correct the addresses',
      )
    }
    if (sameMachine.length === 0) return ok(host.name, 'machine', 'its own')
    const hint = 'when that machine fails, all of them fail: use a machine each, but for a trial'
    return warning(host.name, 'machine', `is on one machine with ${names(sameMachine)}`, hint)
  })

interface Place {
  readonly device: string
  readonly inode: string
}
const isSamePlace = (a: Place, b: Place): boolean => a.device === b.device && a.inode === b.inode

const names = (seen: readonly Seen[]): string => seen.map(({ host }): HostName => host.name).join(', ')
