import text from './data-files.sh'
import { allSaid, odd, said } from './records.ts'
import type { Reads, Records } from './remote.ts'

/** What lies in a host's data/version-2. */
export interface DataFiles {
  /** all files there, epochs too */
  readonly files: readonly { readonly name: string; readonly size: number }[]
  /** snapshots whose end mark is there; packed ones, too, of which only a replay can tell */
  readonly whole: ReadonlySet<string>
  /** undefined where there is no such file */
  readonly currentEpoch: number | undefined
  readonly acceptedEpoch: number | undefined
}

/** All of it in one round trip; empty where the home does not exist. */
export const dataFiles: Reads<object, DataFiles> = {
  name: 'data-files',
  does: 'look at the data files',
  changes: false,
  text,
  variables: () => ({}),
  result: (records) => ({
    files: (said(records, 'files') ?? '').split('\n').flatMap((line) => {
      const [, size, name] = /^(\d+) data\/version-2\/(.+)$/.exec(line) ?? []
      return size === undefined || name === undefined ? [] : [{ name, size: Number(size) }]
    }),
    whole: new Set(allSaid(records, 'whole')),
    currentEpoch: epoch(records, 'currentEpoch'),
    acceptedEpoch: epoch(records, 'acceptedEpoch'),
  }),
}

function epoch(records: Records, key: string): number | undefined {
  const text = said(records, key)?.trim()
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw odd(`data/version-2/${key} says "${text.slice(0, 40)}"`)
  return Number(text)
}
