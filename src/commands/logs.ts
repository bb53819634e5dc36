import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { entriesOf, type Entry } from '../hosts/logs/entries.ts'
import { mergeLogs, type Source } from '../hosts/logs/merge.ts'
import { onAbort } from '../model/abort.ts'
import { type Failure, failuresOf } from '../model/failure.ts'
import { logs as script, type LogsAsked, type Since } from '../remote/logs.ts'
import type { Remote } from '../remote/remote.ts'
import { type Fleet, withFleet } from './shared/look/fleet.ts'
import { goOn } from './shared/run/interrupted.ts'
import type { Result } from './shared/run/result.ts'
import type { Run } from './shared/run/run.ts'

export interface LogsOptions {
  readonly follow: boolean
  /** left out: the last `lines` lines of each log */
  readonly since?: Since
  readonly lines: number
}

/** The logs of all members, or of those of --hosts, merged by time. With --follow until Ctrl-C; then nothing is left running on a host. */
export const logs = (run: Run<LogsOptions>): Promise<Result> =>
  withFleet(ofHosts(run), async (fleet) => {
    const failures: Failure[] = []
    const lost = (failure: Failure) => {
      if (run.interrupted.aborted) return
      failures.push(failure)
      tell(run, failure)
    }
    for (const failure of fleet.unreached.values()) lost(failure)
    const streams = await openAll(run, fleet, lost)
    const end = () => streams.forEach(({ stream }) => stream.destroy())
    const forget = onAbort(run.interrupted, end)
    try {
      await mergeLogs(streams.map(sourceOf), { show: (entry) => show(run, entry), lost })
    } finally {
      forget()
      end()
    }
    // Ctrl-C is how following ends; anything else it cuts short.
    if (!run.options.follow) goOn(run, 'interrupted before all was shown')
    return { is: 'said', lines: [], failures, exit: 0 }
  })

/** The run on the hosts that were asked for alone: here nothing is changed, so they are those that are looked at. */
const ofHosts = (run: Run<LogsOptions>): Run<LogsOptions> => {
  const { hosts } = run.options
  if (hosts === undefined) return run
  return {
    ...run,
    inventory: { ...run.inventory, hosts: run.inventory.hosts.filter(({ name }) => hosts.includes(name)) },
  }
}

interface Opened {
  readonly remote: Remote
  readonly stream: Readable
  readonly mark: string
}

async function openAll(
  run: Run<LogsOptions>,
  fleet: Fleet,
  lost: (failure: Failure) => void,
): Promise<readonly Opened[]> {
  const { since, lines, follow } = run.options
  const opened = fleet.remotes.map(async (remote): Promise<readonly Opened[]> => {
    const mark = `@${randomBytes(9).toString('hex')}`
    const asked: LogsAsked = { lines, follow, mark, ...(since === undefined ? {} : { since }) }
    try {
      return [{ remote, mark, stream: await remote.open(script, asked) }]
    } catch (thrown) {
      for (const failure of failuresOf(thrown, 'logs')) lost(failure.of(remote.host))
      return []
    }
  })
  return (await Promise.all(opened)).flat()
}

const sourceOf = ({ remote: { host }, stream, mark }: Opened): Source => ({
  host,
  entries: entriesOf(stream, { host, mark }),
})

function show(run: Run<LogsOptions>, { host, file, at, text }: Entry): void {
  const time = at === null ? null : new Date(at).toISOString()
  run.emit({ task: `logs/${host}`, host, is: 'entry', file, time, text })
}

/** At once, for the other hosts' logs may go on for long; the error itself comes at the end. */
const tell = (run: Run<LogsOptions>, { host, step, got }: Failure): void =>
  run.emit({
    task: `logs/${host ?? ''}`,
    ...(host === undefined ? {} : { host }),
    is: 'log',
    level: 'warn',
    text: `${step}: ${got}`,
  })
