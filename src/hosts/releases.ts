import type { ReleaseName } from '../model/names.ts'
import type { Fact } from '../model/fact.ts'
import type { LaidFacts } from '../remote/host-facts.ts'
import { unknownConf } from '../remote/host-facts.ts'
import type { DesiredHost } from './desired.ts'

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
 * it links to; where these links are not known, no archive's release goes. Pure.
 */
export function spareReleases(want: DesiredHost, laid: LaidFacts): Spare {
  const { current, served, previous, server } = laid
  if ([current, served, previous, server].some(({ is }) => is === 'unknown')) return none
  const desired = want.conf.release
  const runs = server.is === 'present' ? [server.value.conf] : []
  const before = served.is === 'present' && served.value !== desired ? served : previous
  const spare = (confs: readonly ReleaseName[]) => without(want, laid, new Set(confs))
  // Where the desired one is current already, a roll that was cut short may go on: nothing goes before all serve.
  const isSwitched = current.is === 'present' && current.value === desired
  const now =
    isSwitched || runs.includes(unknownConf)
      ? []
      : spare([desired, ...valueOf(current), ...valueOf(served), ...valueOf(previous), ...runs])
  return { now, serves: spare([desired, ...valueOf(before)]).filter((release) => !now.includes(release)) }
}

const valueOf = <T>(fact: Fact<T>): readonly T[] => (fact.is === 'present' ? [fact.value] : [])

/** The releases there but for these conf releases and what they link to. */
function without(want: DesiredHost, laid: LaidFacts, confs: ReadonlySet<ReleaseName>): readonly ReleaseName[] {
  const kept = [...confs].filter((conf) => conf === want.conf.release || laid.releases.includes(conf))
  const links = kept.map((conf) => (conf === want.conf.release ? Object.values(want.conf.links) : laid.linked[conf]))
  const known = links.every((each) => each !== undefined && each.length === 2)
  const linked = new Set(links.flatMap((each) => each ?? []))
  const isKept = (release: ReleaseName): boolean =>
    release.startsWith('conf-') ? confs.has(release) : !known || linked.has(release)
  return laid.releases.filter((release) => !isKept(release))
}
