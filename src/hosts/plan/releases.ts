import type { Fact } from '../../model/fact.ts'
import type { ReleaseName } from '../../model/names.ts'
import { type LaidFacts, unknownConf } from '../../remote/host-facts.ts'
import type { DesiredHost } from '../desired.ts'

/** Releases on a host that nothing needs. */
export interface Spare {
  /** what a try left that failed, and what is older than the previous release by now: they would be in the way of what is to be laid */
  readonly now: readonly ReleaseName[]
  /** needed no more once the member serves what is desired */
  readonly serves: readonly ReleaseName[]
}

const none: Spare = { now: [], serves: [] }

/**
 * What may go of a host's releases: at once, and once all members serve. The desired one stays, and the one that served last before it, to
 * go back to without an upload; until all serve also whatever is current, served or runs. Each with the archives' releases that
 * it links to; where these links are not known, no archive's release goes. `notes`: conf releases that will be noted to have served until the
 * desired one is, in order. Pure.
 */
export function spareReleases(want: DesiredHost, laid: LaidFacts, notes: readonly ReleaseName[]): Spare {
  const { current, served, previous, server } = laid
  if ([current, served, previous, server].some(({ is }) => is === 'unknown')) return none
  const desired = want.conf.release
  const way = want.way.map(({ release }) => release)
  const runs = server.is === 'present' ? [server.value.conf] : []
  const back = before([...valueOf(previous), ...valueOf(served), ...notes, desired])
  const then = { ...laid, releases: [...new Set([...laid.releases, ...way])] }
  const spare = (confs: readonly ReleaseName[], there = laid) => without(want, there, new Set(confs))
  // Where the desired one is current already, a roll that was cut short may go on: nothing goes before all serve.
  const isSwitched = current.is === 'present' && way.includes(current.value)
  const now =
    isSwitched || runs.includes(unknownConf)
      ? []
      : spare([...way, ...valueOf(current), ...valueOf(served), ...valueOf(previous), ...runs])
  return { now, serves: spare([desired, ...back], then).filter((release) => !now.includes(release)) }
}

/** What served before the last of these did, as served.sh notes it: the same once more is no other. */
const before = (served: readonly ReleaseName[]): readonly ReleaseName[] =>
  served.filter((conf, at) => conf !== served[at + 1]).slice(-2, -1)

const valueOf = <T>(fact: Fact<T>): readonly T[] => (fact.is === 'present' ? [fact.value] : [])

/** The releases there but for these conf releases and what they link to. */
function without(want: DesiredHost, laid: LaidFacts, confs: ReadonlySet<ReleaseName>): readonly ReleaseName[] {
  const wanted = want.way.map(({ release }) => release)
  const kept = [...confs].filter((conf) => wanted.includes(conf) || laid.releases.includes(conf))
  const links = kept.map((conf) => (wanted.includes(conf) ? Object.values(want.conf.links) : laid.linked[conf]))
  const known = links.every((each) => each !== undefined && each.length === 2)
  const linked = new Set(links.flatMap((each) => each ?? []))
  const isKept = (release: ReleaseName): boolean =>
    release.startsWith('conf-') ? confs.has(release) : !known || linked.has(release)
  return laid.releases.filter((release) => !isKept(release))
}
