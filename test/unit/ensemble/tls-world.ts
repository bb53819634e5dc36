import type { StagedConf } from '../../../src/ensemble/desired.ts'
import { compatible } from '../../../src/ensemble/plan/stages.ts'
import { wayOf } from '../../../src/ensemble/plan/way.ts'
import { tlsModes, tlsOff, type TlsRelease, type TlsStage } from '../../../src/model/tls-stage.ts'
import { oldConf } from '../build.ts'
import { certificates, inventory } from '../hosts/build.ts'
import type { Mishap } from './machine.ts'
import { World } from './world.ts'

// Members whose conf releases differ in how they talk to each other.

export const strict = (ca: string): TlsStage => ({ mode: 'strict', trusts: [ca], issuer: ca })
const names = Array.from({ length: 12 }, (_, index) => `10.0.0.${index + 1}`)
export const never = 4_000_000_000_000
export const released = (stage: TlsStage, expires = never): TlsRelease => ({ ...stage, expires, names })

/** A conf release for every stage that there can be; what runs at first is oldConf. */
function releases(first: TlsRelease) {
  const sets = [['a'], ['b'], ['a', 'b']]
  const all = tlsModes.flatMap((mode): readonly TlsStage[] =>
    mode === 'off' ? [tlsOff] : sets.flatMap((trusts) => ['a', 'b'].map((issuer) => ({ mode, trusts, issuer }))),
  )
  const confs = new Map(all.map((stage, index) => [`conf-${String(index).padStart(12, 'a')}`, released(stage)]))
  const stages = { ...Object.fromEntries(confs), [oldConf]: first }
  const key = ({ mode, trusts, issuer }: TlsStage) => `${mode} ${trusts.join()} ${issuer}`
  const confOf = (stage: TlsStage) => [...confs].find(([, known]) => key(known) === key(stage))?.[0] ?? ''
  /** by what they make of each other's connections and certificates; an expired one nobody takes */
  const talk = (one: string, other: string, at: number) => {
    const [a, b] = [stages[one] ?? tlsOff, stages[other] ?? tlsOff]
    return [a, b].every(({ expires }) => expires > at) && compatible(a, b)
  }
  return { stages, confOf, talk }
}

/** Hosts that run with the first of these, and the way from what was observed to another. */
export function tlsWorld(
  first: TlsRelease,
  sizes: { participants: number; observers: number },
  mishaps: readonly Mishap[] = [],
) {
  const { stages, confOf, talk } = releases(first)
  const world = new World({ ...sizes, stages, talk, mishaps, supervised: true }).stand()
  const { hosts } = inventory(sizes.participants + sizes.observers)
  const goalTo = (wanted: TlsStage) => {
    const made = certificates(
      hosts.map(({ name }) => name),
      ['a', 'b'],
      wanted.issuer,
    )
    const way = wayOf({ hosts, tls: wanted.mode !== 'off' }, made, world.observe()).map((stage): StagedConf => {
      return { conf: confOf(stage), stage: released(stage) }
    })
    const goal = world.goal(confOf(wanted), { mayStopService: true })
    return { ...goal, members: goal.members.map((member) => ({ ...member, way })) }
  }
  return { world, goalTo, last: (wanted: TlsStage) => confOf(wanted) }
}

export const allRun = (world: World, conf: string) =>
  world.machines.every((machine) => world.serves(machine) && machine.server?.conf === conf)
