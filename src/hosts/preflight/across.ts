import type { HostName } from '../../model/names.ts'
import { aheadOf } from '../../remote/host-facts.ts'
import { type Finding, ok, refusal, type Seen, warning } from './finding.ts'

const tolerated = 30

/**
 * Clocks of hosts and of this machine. Where any two are more than 30 s apart, those that are away from the middle one are named with their
 * skew.
 */
export function clocks(seen: readonly Seen[]): readonly Finding[] {
  const hosts = seen.map(({ host, facts }) => ({ name: host.name, ahead: aheadOf(facts.machine) }))
  const byClock = [...hosts, thisMachine].sort((a, b) => a.ahead - b.ahead)
  const [first, last, middle] = [byClock[0], byClock.at(-1), byClock[Math.floor((byClock.length - 1) / 2)]]
  if (first === undefined || last === undefined || middle === undefined) return []
  const isApart = last.ahead - first.ahead > tolerated
  const of = ({ name, ahead }: Clock): Finding => {
    const skew = Math.round(ahead - middle.ahead)
    if (!isApart || Math.abs(skew) <= tolerated / 2) return ok(name, 'clock', 'agrees')
    const got = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ${middle.name}`
    return warning(name, 'clock', got, 'have the clock set, such as by chronyd or ntpd')
  }
  return [...hosts.map(of), ...[of(thisMachine)].filter(({ level }) => level !== 'ok')]
}

interface Clock {
  readonly name: string
  /** seconds, of this machine's */
  readonly ahead: number
}

/** Certificates are made, and found to expire, by its clock. */
const thisMachine: Clock = { name: 'this machine', ahead: 0 }

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
