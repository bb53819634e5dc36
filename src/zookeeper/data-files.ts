/** What a state of ZooKeeper is made of again: one snapshot, which is fuzzy, and every log that has to be played over it. */
export interface DataSet {
  readonly snapshot: string
  /** oldest first; the last one may still be written */
  readonly logs: readonly string[]
}

/** The zxid in the name of a snapshot or log, 16 hex digits; undefined for any other file. A packed snapshot has an ending of its own. */
export function zxidOf(name: string, kind: 'snapshot' | 'log'): string | undefined {
  const form = kind === 'snapshot' ? /^snapshot\.([0-9a-f]{1,16})(?:\.gz|\.snappy)?$/ : /^log\.([0-9a-f]{1,16})$/
  return form.exec(name)?.[1]?.padStart(16, '0')
}

/** Whether it is a file of the data itself, and no epoch or temporary. */
export const isData = (name: string): boolean =>
  zxidOf(name, 'snapshot') !== undefined || zxidOf(name, 'log') !== undefined

/**
 * The newest whole snapshot with all logs from it on; undefined where no snapshot is whole. As FileTxnLog.getLogFiles chooses them: from the
 * newest log that begins at the snapshot's zxid or before it. `whole`: names of snapshots whose end mark is there.
 */
export function newestSet(names: readonly string[], whole: ReadonlySet<string>): DataSet | undefined {
  const snapshot = sorted(
    names.filter((name) => whole.has(name)),
    'snapshot',
  ).at(-1)
  const begin = snapshot === undefined ? undefined : zxidOf(snapshot, 'snapshot')
  if (snapshot === undefined || begin === undefined) return undefined
  const logs = sorted(names, 'log')
  const base = logs.findLastIndex((name) => (zxidOf(name, 'log') ?? '') <= begin)
  return { snapshot, logs: logs.slice(Math.max(0, base)) }
}

const sorted = (names: readonly string[], kind: 'snapshot' | 'log'): readonly string[] =>
  names
    .flatMap((name) => {
      const zxid = zxidOf(name, kind)
      return zxid === undefined ? [] : [{ name, zxid }]
    })
    .sort((one, other) => (one.zxid < other.zxid ? -1 : one.zxid > other.zxid ? 1 : 0))
    .map(({ name }) => name)

/** The epoch of a zxid of 16 hex digits: its upper half. */
export const epochOf = (zxid: string): number => Number.parseInt(zxid.slice(0, 8), 16)
