import { type Failure, failuresOf } from '../../model/failure.ts'
import type { HostName } from '../../model/names.ts'
import type { Entry, Logged } from './entries.ts'

/** The logs of one host. */
export interface Source {
  readonly host: HostName
  readonly entries: AsyncIterator<Logged, void>
}

export interface Merging {
  readonly show: (entry: Entry) => void
  /** a host whose logs broke off; the others go on */
  readonly lost: (failure: Failure) => void
  /** ms that a live entry waits for earlier ones of other hosts */
  readonly patience?: number
}

/**
 * Shows the entries of all hosts in the order of their times, as far as lines have one. First what there was: of each host one entry
 * is at hand, and the earliest is shown. Then what comes, each after a moment in which earlier ones of other hosts may arrive.
 * What Java itself printed has the time of its file, and is sorted in where that belongs. Returns when all sources have ended.
 */
export async function mergeLogs(sources: readonly Source[], merging: Merging): Promise<void> {
  const live = await mergePast(sources, merging)
  await mergeLive(live, merging)
}

/** An entry's place: what has no time comes before all that have. */
const placeOf = ({ at }: Entry): number => at ?? -Infinity

async function mergePast(sources: readonly Source[], { show, lost }: Merging): Promise<readonly Source[]> {
  const live: Source[] = []
  const next = async (source: Source): Promise<Entry | undefined> => {
    const came = await source.entries.next().catch((thrown: unknown) => ended(thrown, source, lost))
    if (came?.done !== false) return undefined
    if (came.value !== 'live') return came.value
    live.push(source)
    return undefined
  }
  // What comes beside the server's own log is not sorted into that yet, and is little: what Java printed, and the supervisor's notes.
  const apart: Entry[] = []
  const heads = new Map<Source, Entry>()
  const advance = async (source: Source) => {
    heads.delete(source)
    for (let entry = await next(source); entry !== undefined; entry = await next(source)) {
      if (entry.file === 'zookeeper.log') return void heads.set(source, entry)
      apart.push(entry)
    }
  }
  await Promise.all(sources.map(advance))
  apart.sort((a, b) => placeOf(a) - placeOf(b))
  while (heads.size > 0) {
    const [source, entry] = [...heads].reduce((first, other) => (placeOf(other[1]) < placeOf(first[1]) ? other : first))
    while (apart[0] !== undefined && placeOf(apart[0]) <= placeOf(entry)) show(apart.shift() ?? entry)
    show(entry)
    await advance(source)
  }
  apart.forEach(show)
  return live
}

/** Where a source rejects its host is lost to us. */
function ended(thrown: unknown, { host }: Source, lost: Merging['lost']): undefined {
  for (const failure of failuresOf(thrown, 'logs')) lost(failure.of(host))
}

/** Entries that wait at most, so that a flood does not fill the memory. */
const mostWaiting = 5000

async function mergeLive(sources: readonly Source[], { show, lost, patience = 300 }: Merging): Promise<void> {
  const waiting: { readonly entry: Entry; readonly due: number }[] = []
  const flush = (now: number) => {
    // Whoever is due takes along all that is earlier than itself.
    const last = waiting.findLastIndex(({ due }) => due <= now)
    for (const { entry } of waiting.splice(0, Math.max(last + 1, waiting.length - mostWaiting))) show(entry)
  }
  const put = (entry: Entry) => {
    const at = waiting.findLastIndex((other) => placeOf(other.entry) <= placeOf(entry))
    waiting.splice(at + 1, 0, { entry, due: performance.now() + patience })
    if (waiting.length > mostWaiting) flush(performance.now())
  }
  const timer = setInterval(() => flush(performance.now()), Math.max(10, patience / 4))
  const read = async (source: Source): Promise<void> => {
    for (;;) {
      const came = await source.entries.next().catch((thrown: unknown) => ended(thrown, source, lost))
      if (came?.done !== false) return
      if (came.value !== 'live') put(came.value)
    }
  }
  try {
    await Promise.all(sources.map(read))
  } finally {
    clearInterval(timer)
    flush(Infinity)
  }
}
