import { type Print, type TlsMode, tlsModes, type TlsStage } from '../../model/tls-stage.ts'

/** Either can open a connection to the other, and each takes the other's certificate. */
export const compatible = (a: TlsStage, b: TlsStage): boolean => reaches(a, b) && reaches(b, a)

/** It makes TLS connections, so that it serves only with a certificate that the others take. */
export const encrypts = (mode: TlsMode): boolean => mode === 'tls' || mode === 'strict'

function reaches(from: TlsStage, to: TlsStage): boolean {
  if (!encrypts(from.mode)) return to.mode !== 'strict'
  return to.mode !== 'off' && to.trusts.includes(from.issuer) && from.trusts.includes(to.issuer)
}

export const sameStage = (a: TlsStage, b: TlsStage): boolean => keyOf(a) === keyOf(b)

const keyOf = ({ mode, trusts, issuer }: TlsStage): string => `${mode} ${[...trusts].sort().join()} ${issuer}`

/**
 * The stages that members go through together from what they run to what is wanted, in order, the wanted one last: of any two that follow each
 * other, members of both talk to each other, so a roll from the one to the next loses nobody. Where members run several, the first takes
 * all of them in. Undefined where there is no such way. `runs` empty: the wanted one at once.
 */
export function wayTo(wanted: TlsStage, runs: readonly TlsStage[]): readonly TlsStage[] | undefined {
  if (runs.every((stage) => sameStage(stage, wanted))) return [wanted]
  const all = candidates(wanted, runs)
  const next = new Map<string, TlsStage | null>([[keyOf(wanted), null]])
  // From the end, one roll further away each time: what takes in all that run is found at its least distance.
  for (let level: readonly TlsStage[] = [wanted]; level.length > 0;) {
    const fitting = level.filter((stage) => runs.every((each) => compatible(stage, each)))
    // Of ways as short the one that was begun is gone on with.
    const first = fitting.find((stage) => runs.some((each) => sameStage(stage, each))) ?? fitting[0]
    if (first !== undefined) return trace(first, next)
    const farther: TlsStage[] = []
    for (const stage of level)
      for (const other of all) {
        if (next.has(keyOf(other)) || !compatible(stage, other)) continue
        next.set(keyOf(other), stage)
        farther.push(other)
      }
    level = farther
  }
  return undefined
}

function trace(first: TlsStage, next: ReadonlyMap<string, TlsStage | null>): readonly TlsStage[] {
  const way: TlsStage[] = []
  for (let stage: TlsStage | null = first; stage !== null; stage = next.get(keyOf(stage)) ?? null) way.push(stage)
  return way
}

/** All that could be on a way between these; in each of them members talk to each other. */
function candidates(wanted: TlsStage, runs: readonly TlsStage[]): readonly TlsStage[] {
  const ends = [...runs, wanted]
  const issuers = [...new Set(ends.map(({ issuer }) => issuer).filter((issuer) => issuer !== ''))].sort()
  const sets = [...ends.map(({ trusts }) => trusts), union(ends)].filter((trusts) => trusts.length > 0)
  // The strictest first: while a CA changes, no plain connection is taken.
  const between = [...tlsModes]
    .reverse()
    .filter((mode) => mode !== 'off')
    .flatMap((mode) =>
      sets.flatMap((trusts) => issuers.map((issuer) => ({ mode, trusts: [...trusts].sort(), issuer }))),
    )
  const off: TlsStage = { mode: 'off', trusts: [], issuer: '' }
  return [...runs, ...between, off].filter((stage) => compatible(stage, stage))
}

const union = (stages: readonly TlsStage[]): readonly Print[] =>
  [...new Set(stages.flatMap(({ trusts }) => trusts))].sort()

/** What a member does from then on that it did not before, for people. */
export function stageWords(to: TlsStage, from: TlsStage): string {
  if (from.mode === 'off' && to.mode === 'mixed')
    return 'the way to TLS between members, three rolls (`tls: false` keeps it off): makes plain connections, and takes both kinds'
  if (from.mode === 'off' && to.mode === 'strict') return `${modeWords.strict} (\`tls: false\` keeps it off)`
  if (to.mode !== from.mode) return modeWords[to.mode]
  if (to.issuer !== from.issuer) return 'TLS between members: shows its certificate of the new CA'
  return to.trusts.length > from.trusts.length
    ? 'TLS between members: trusts the new CA beside the former'
    : 'TLS between members: trusts the new CA alone'
}

const modeWords: Readonly<Record<TlsMode, string>> = {
  off: 'TLS between members: takes and makes plain connections alone',
  mixed: 'TLS between members: makes plain connections, and takes both kinds',
  tls: 'TLS between members: makes TLS connections, and takes both kinds',
  strict: 'TLS between members: takes and makes TLS connections alone',
}
