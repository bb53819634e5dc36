import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HostName } from '../../model/names.ts'

/** One entry of a log with the lines that belong to it, such as a stack trace. */
export interface Entry {
  readonly host: HostName
  /** such as `zookeeper.log` */
  readonly file: string
  /** ms since the epoch by that host's clock: the line's own time, else that of the one before it; null where none has one */
  readonly at: number | null
  readonly text: string
}

/** What a host's logs come as: entries, and once `live`: all that there was has come. */
export type Logged = Entry | 'live'

export interface Framing {
  readonly host: HostName
  /** what the lines of the stream's own begin with */
  readonly mark: string
  /** ms without a further byte after which an entry counts as whole */
  readonly quiet?: number
}

/** Bounds on what is held: characters of one line, and of one entry. What is longer comes in parts. */
const most = { line: 65_536, entry: 1_048_576 }

/**
 * Reads the stream of logs.sh. At most one entry is held at a time, and nothing is read on before it was taken: memory is bounded
 * whatever the logs weigh. Rejects as the stream does, after the entry that was begun.
 */
export async function* entriesOf(stream: Readable, framing: Framing): AsyncGenerator<Logged, void, undefined> {
  const parser = entryParser(framing)
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  let next = chunks.next()
  try {
    for (;;) {
      const came = await Promise.race([
        next,
        ...(parser.holds() ? [sleep(framing.quiet ?? 250, undefined, { ref: false })] : []),
      ])
      if (came === undefined) {
        yield* parser.rest()
        continue
      }
      if (came.done === true) break
      yield* parser.read(came.value)
      next = chunks.next()
    }
  } catch (thrown) {
    yield* parser.rest()
    throw thrown
  } finally {
    next.catch(() => undefined)
    stream.destroy()
  }
  yield* parser.rest()
}

/** Bytes to entries, without any waiting. */
export function entryParser({ host, mark }: Framing) {
  const lines = lineReader(mark)
  let zone = 'Z'
  let file = ''
  let blank = false
  let last: number | null = null
  let held: { readonly at: number | null; readonly lines: string[]; size: number } | undefined
  function* whole(): Generator<Entry> {
    if (held !== undefined) yield { host, file, at: held.at, text: held.lines.join('\n') }
    held = undefined
  }
  function* add(line: string): Generator<Entry> {
    const at = timeOf(line, zone)
    if (at !== undefined) last = at
    if (held === undefined || at !== undefined || held.size + line.length > most.entry) {
      yield* whole()
      held = { at: last, lines: [line], size: line.length }
    } else {
      held.lines.push(line)
      held.size += line.length + 1
    }
  }
  function* begin(line: string): Generator<Logged> {
    // The empty line before it is the mark's.
    blank = false
    yield* whole()
    const [, name = '', epoch = ''] = line.split(' ')
    if (name === 'live') yield 'live'
    file = name === 'live' ? '' : name.replace(/^log\//, '')
    last = name.endsWith('.out') ? Number(epoch) * 1000 : null
  }
  function* take(line: string): Generator<Logged> {
    if (line.startsWith(`${mark} `)) {
      yield* begin(line)
      return
    }
    if (file === '') {
      const offset = /^zone ([+-]\d\d)(\d\d)$/.exec(line)
      if (offset !== null) zone = `${offset[1] ?? ''}:${offset[2] ?? ''}`
      return
    }
    if (blank) yield* add('')
    blank = line === ''
    if (!blank) yield* add(line)
  }
  return {
    /** whether `rest` would give anything */
    holds: () => held !== undefined || lines.holds(),
    *rest(): Generator<Entry> {
      const line = file === '' ? undefined : lines.rest()
      if (line !== undefined) yield* add(line)
      yield* whole()
    },
    *read(chunk: Buffer): Generator<Logged> {
      for (const line of lines.read(chunk)) yield* take(line)
    },
  }
}

/** Bytes to lines; one that is too long comes in parts. */
function lineReader(mark: string) {
  const decoder = new TextDecoder()
  let partial = ''
  // The beginning of this line was given already, since nothing more came for a while.
  let cut = false
  /** what came of a line may be a mark, or the beginning of one */
  const isMark = () => mark.startsWith(partial) || partial.startsWith(mark)
  return {
    holds: () => !isMark(),
    /** what there is of the last line; what comes of it yet is given as a line of its own */
    rest(): string | undefined {
      if (isMark()) return undefined
      const line = partial
      partial = ''
      cut = true
      return line
    },
    *read(chunk: Buffer): Generator<string> {
      const lines = (partial + decoder.decode(chunk, { stream: true })).split('\n')
      partial = lines.pop() ?? ''
      for (const line of lines) {
        if (!cut || line !== '') yield* partsOf(line)
        cut = false
      }
      if (partial.length <= most.line) return
      const parts = partsOf(partial)
      partial = parts.at(-1) ?? ''
      yield* parts.slice(0, -1)
    },
  }
}

const partsOf = (line: string): readonly string[] =>
  line.length <= most.line
    ? [line]
    : Array.from({ length: Math.ceil(line.length / most.line) }, (_, n) =>
        line.slice(n * most.line, (n + 1) * most.line),
      )

/** The time that a line begins with: `2026-01-31T09:30:00.123+01:00`, or without an offset, then in the host's zone. */
export function timeOf(line: string, zone: string): number | undefined {
  const [whole, day = '', time = '', fraction = '', offset = zone] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,3})\d*)?(Z|[+-]\d\d:\d\d)?/.exec(line) ?? []
  if (whole === undefined) return undefined
  const at = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0')}${offset}`)
  return Number.isNaN(at) ? undefined : at
}
